import type { ArtifactReport, Finding, Result, Verdict } from '../report.ts';
import { checkComplete } from './decide/check-complete.ts';
import { gateFinding, RUN, sortFindings } from './decide/finding.ts';
import { judgeBrokenSamples } from './decide/judge-broken-samples.ts';
import { judgeCombinations } from './decide/judge-combinations.ts';
import { judgeEvents } from './decide/judge-events.ts';
import { judgeInspection } from './decide/judge-inspection.ts';
import { judgePart } from './decide/judge-part.ts';
import { judgeProvenance } from './decide/judge-provenance.ts';
import { judgeResult } from './decide/judge-result.ts';
import { isRequired } from './decide/outcome-verdict.ts';
import { isAtLeast, worst } from './decide/worst.ts';
import type { ArtifactEvidence, RunEvidence } from './evidence.ts';
import type { ResolvedPolicy } from './policy.ts';

export interface DecideOptions {
  /** Lowers every fail to warn at the very end, and says so in a finding of the run. */
  readonly warnOnly?: boolean;
  /** What to do about a finding of this rule; the rule catalog knows. Default: a pointer to `modelgate explain`. */
  readonly nextStepOf?: (rule: string) => string | undefined;
}

export interface Decision {
  readonly verdict: Verdict;
  /** In the order of the evidence. */
  readonly artifacts: ArtifactReport[];
  /** About the run as a whole. */
  readonly findings: Finding[];
}

/**
 * Makes a verdict of evidence: the only place where outcomes become pass, warn or fail. Pure; the order of results,
 * of detectors and of events does not matter. Clear is the only outcome that never gives a finding; every other one
 * means what the policy says. Throws `policy/missing-result` when an enabled detector has no result for an artifact it
 * covers: missing evidence is our fault and never passes.
 */
export function decide(evidence: RunEvidence, policy: ResolvedPolicy, options: DecideOptions = {}): Decision {
  const artifacts = evidence.artifacts.map((artifact) => {
    checkComplete(artifact, policy);
    return judge(artifact, policy, options.nextStepOf ?? (() => undefined));
  });
  const findings = sortFindings(judgeEvents(evidence, policy));
  const verdict = worst([...findings, ...artifacts].map((one) => one.verdict));
  const decision = { verdict, artifacts, findings };
  return options.warnOnly === true ? lowered(decision) : decision;
}

function judge(artifact: ArtifactEvidence, policy: ResolvedPolicy, nextStepOf: (rule: string) => string | undefined): ArtifactReport {
  const inspection = judgeInspection(artifact, policy);
  const results = artifact.results.flatMap((result) => {
    if (inspection !== undefined && repeats(result, artifact) && !isRequired(result.detector, policy)) return [];
    const findings = judgeResult(result, artifact, policy, nextStepOf);
    if (inspection === undefined || result.outcome === 'flagged') return findings;
    // A file that cannot be read is one finding, not one for each detector that could not run on it.
    return findings.filter((one) => !isAtLeast(inspection.verdict, one.verdict));
  });
  const findings = sortFindings([
    ...(inspection === undefined ? [] : [inspection]),
    ...results,
    ...judgeCombinations(artifact, policy),
    ...judgeProvenance(artifact, policy),
    ...judgeBrokenSamples(artifact, policy),
    ...judgePart(artifact),
  ]);
  return { ...artifact, verdict: worst(findings.map((one) => one.verdict)), findings };
}

/** Errors of a whole file that have a meaning of their own: that no detector had anything to look at follows from them. */
const OWN_MEANING: ReadonlySet<string> = new Set(['format/unrecognized', 'format/encrypted']);

function repeats({ outcome, error, reason }: Result, artifact: ArtifactEvidence): boolean {
  return outcome === 'error' && artifact.error !== undefined && OWN_MEANING.has(artifact.error.code) && error?.code === artifact.error.code && reason === artifact.error.message;
}

function lowered(decision: Decision): Decision {
  const lower = <One extends { readonly verdict: Verdict }>(one: One): One => (one.verdict === 'fail' ? { ...one, verdict: 'warn' } : one);
  const count = [...decision.findings, ...decision.artifacts.flatMap((one) => one.findings)].filter((one) => one.verdict === 'fail').length;
  if (count === 0) return decision;

  const notice = gateFinding('gate/warn-only', 'warn', { count: count === 1 ? '1 finding' : `${count} findings` }, RUN);
  return {
    verdict: lower(decision).verdict,
    artifacts: decision.artifacts.map((one) => ({ ...lower(one), findings: one.findings.map(lower) })),
    findings: sortFindings([...decision.findings.map(lower), notice]),
  };
}
