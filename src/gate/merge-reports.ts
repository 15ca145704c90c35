import { GateError } from '../errors.ts';
import type { GateReport, Verdict } from '../report.ts';

const ORDER: readonly Verdict[] = ['pass', 'warn', 'fail'];

/**
 * One report of the reports of all shards. Throws `arguments/invalid` when they were not made by the same tool, policy
 * and seed, or when an artifact stands in two of them with different digests: then they are not parts of one run.
 */
export function mergeReports(reports: readonly GateReport[]): GateReport {
  const [first] = reports;
  if (first === undefined) throw new GateError({ code: 'arguments/invalid', message: 'There is no report to merge.' });
  for (const one of reports) {
    if (one.tool.version !== first.tool.version || one.policy.digest !== first.policy.digest || one.seed !== first.seed) {
      throw new GateError({
        code: 'arguments/invalid',
        message: 'The reports were made by different versions, policies or seeds, so they are not parts of one run.',
        nextStep: 'Scan all shards with the same modelgate, policy and seed.',
      });
    }
  }
  const part = reports.flatMap((one) => one.artifacts).find((one) => one.part !== undefined);
  if (part !== undefined) throw new GateError({ code: 'arguments/invalid', message: `Of ${part.path} the reports hold parts that were not joined.` });
  const artifacts = new Map<string, GateReport['artifacts'][number]>();
  for (const artifact of reports.flatMap((one) => one.artifacts)) {
    const known = artifacts.get(artifact.path);
    if (known !== undefined && known.digest !== artifact.digest) {
      throw new GateError({ code: 'arguments/invalid', message: `${artifact.path} has different digests in two of the reports.` });
    }
    // What a report says of itself is not taken on trust: its findings decide.
    const verdict = worst([artifact, ...artifact.findings]);
    if (known === undefined || worse(verdict, known.verdict)) artifacts.set(artifact.path, { ...artifact, verdict });
  }
  const rows = [...artifacts.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
  // An empty shard says nothing about the whole run once another one scanned something.
  const findings = new Map(
    reports
      .flatMap((one) => one.findings)
      .filter((one) => one.rule !== 'gate/nothing-to-scan' || rows.length === 0)
      .map((one) => [one.fingerprint, one]),
  );
  const skipped = new Map(reports.flatMap((one) => one.coverage.skipped).map((one) => [one.path, one]));
  for (const { path: file } of rows) skipped.delete(file);
  const missing = [...skipped.values()].find((one) => one.reason.startsWith('not in shard '));
  if (missing !== undefined) {
    throw new GateError({
      code: 'arguments/invalid',
      message: `${missing.path} was left to another shard, whose report is not among these.`,
      nextStep: 'Give the reports of all shards.',
    });
  }
  const merged = [...findings.values()];
  return {
    ...first,
    verdict: worst([...rows, ...merged]),
    artifacts: rows,
    findings: merged,
    coverage: {
      seen: rows.length + skipped.size,
      scanned: rows.filter((one) => one.results.some((result) => result.outcome === 'clear' || result.outcome === 'flagged')).length,
      skipped: [...skipped.values()].sort((one, other) => (one.path < other.path ? -1 : 1)),
    },
  };
}

function worst(parts: readonly { readonly verdict: Verdict }[]): Verdict {
  return parts.map((one) => one.verdict).reduce<Verdict>((one, other) => (worse(other, one) ? other : one), 'pass');
}

function worse(one: Verdict, other: Verdict): boolean {
  return ORDER.indexOf(one) > ORDER.indexOf(other);
}
