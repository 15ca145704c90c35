import type { Finding, Verdict } from '../../report.ts';
import type { RunEvent, RunEvidence } from '../evidence.ts';
import type { ResolvedPolicy } from '../policy.ts';
import { gateFinding, RUN } from './finding.ts';

/** Findings about the run as a whole. That nothing was scanned is seen here even when nobody reports it. */
export function judgeEvents({ artifacts, events }: RunEvidence, policy: ResolvedPolicy): Finding[] {
  const isEmpty = artifacts.every((one) => one.change === 'deleted');
  const isSaid = events.some((one) => one.kind === 'nothing-to-scan');
  const implied: RunEvent[] = isEmpty && !isSaid ? [{ kind: 'nothing-to-scan', reason: reasonOf(artifacts.length) }] : [];

  return [...events, ...implied].flatMap((event) => {
    const verdict = verdictOf(event, policy);
    if (verdict === 'pass') return [];
    const { kind, ...data } = event;
    return [gateFinding(`gate/${kind}`, verdict, data, RUN)];
  });
}

function reasonOf(count: number): string {
  return count === 0 ? 'no file matches the policy’s globs, or none of them changed.' : 'every artifact that changed is deleted.';
}

function verdictOf(event: RunEvent, policy: ResolvedPolicy): Verdict {
  switch (event.kind) {
    case 'nothing-to-scan':
      return policy.nothingToScan;
    case 'changes-unknown':
      return policy.unknownChanges;
    case 'policy-changed':
    case 'lockfile-changed':
      return policy.changedInHead;
    case 'deleted-but-listed':
      return policy.trustedSource.unlisted;
    case 'budget-reached':
      return policy.outcomes.inconclusive;
  }
}
