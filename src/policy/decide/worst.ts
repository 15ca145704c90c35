import type { Verdict } from '../../report.ts';

const RANK: Readonly<Record<Verdict, number>> = { pass: 0, warn: 1, fail: 2 };

/** The worst of some verdicts; `pass` of none. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce<Verdict>((left, right) => (isAtLeast(left, right) ? left : right), 'pass');
}

export function isAtLeast(verdict: Verdict, other: Verdict): boolean {
  return RANK[verdict] >= RANK[other];
}
