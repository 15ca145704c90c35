import type { GateErrorCode, GateErrorData } from '../../src/errors.ts';
import type { ArtifactEvidence } from '../../src/policy/evidence.ts';
import type { ResolvedPolicy } from '../../src/policy/policy.ts';
import type { Outcome, Provenance, Result } from '../../src/report.ts';

/** Small builders of evidence and policies; a test names what it is about and nothing else. */

export const digest = `sha256:${'ab'.repeat(32)}` as const;

export function resultOf(detector: string, outcome: Outcome, rest: Partial<Result> = {}): Result {
  return {
    detector,
    outcome,
    examined: outcome === 'clear' || outcome === 'flagged' ? 10 : 0,
    seconds: 0.5,
    observations: outcome === 'flagged' ? [observationOf(`${detector}/seen`)] : [],
    measurements: [],
    ...(outcome === 'clear' || outcome === 'flagged' ? { score: outcome === 'clear' ? 0.1 : 0.9 } : { reason: `because of ${outcome}.` }),
    ...rest,
  };
}

export function observationOf(rule: string, rest: Partial<Result['observations'][number]> = {}): Result['observations'][number] {
  return { rule, severity: 'high', text: `${rule} was seen.`, data: {}, location: {}, ...rest };
}

export const approved: Provenance = { outcome: 'clear', text: 'The approved file.', observations: [] };

export function provenanceOf(outcome: Outcome, ...messages: readonly string[]): Provenance {
  return { outcome, text: 'What was compared.', observations: messages.map((one) => observationOf(`trusted-source/${one}`, { severity: 'medium' })) };
}

export function errorOf(code: GateErrorCode): GateErrorData {
  return { code, message: `The message of ${code}.`, blame: 'artifact' };
}

export function artifactOf(rest: Partial<ArtifactEvidence> = {}): ArtifactEvidence {
  return { path: 'models/a.onnx', digest, size: 10, format: 'onnx', provenance: approved, results: [], notes: [], ...rest };
}

/** Every action differs from its neighbors where it can, so that a mix-up shows. */
export function policyOf(rest: Partial<ResolvedPolicy> = {}): ResolvedPolicy {
  return {
    id: 'test',
    digest,
    source: 'test.yml',
    artifacts: { include: ['**'], exclude: [] },
    trustedSource: { lockfile: 'modelgate.lock.json', unlisted: 'warn', mismatch: 'fail', untrusted: 'fail', unresolvedPointer: 'warn', allowedSources: [] },
    detectors: [],
    outcomes: { flagged: 'fail', weighed: 'pass', error: 'fail', inconclusive: 'warn', 'not-applicable': 'pass' },
    rules: [],
    models: [],
    datasets: [],
    trustedData: { unlocked: 'warn', mismatch: 'fail', proposed: 'warn', untrusted: 'fail', relabelled: 'fail' },
    nothingToScan: 'pass',
    unknownChanges: 'warn',
    changedInHead: 'warn',
    unrecognized: 'warn',
    budgetSeconds: undefined,
    ...rest,
  };
}

export function detectorOf(id: string, required = false): ResolvedPolicy['detectors'][number] {
  return { id, required, options: {}, threshold: undefined, timeoutSeconds: 1 };
}
