import type { Provenance } from '../../report.ts';

/** Short words for a column; the finding and the details say the rest. */
const WORDS: Readonly<Record<string, string>> = {
  'trusted-source/hash-mismatch': 'differs',
  'trusted-source/size-mismatch': 'differs',
  'trusted-source/unlisted': 'unlisted',
  'trusted-source/untrusted-source': 'untrusted',
  'trusted-source/unresolved-pointer': 'unknown',
};

const OUTCOME_WORDS: Readonly<Record<Provenance['outcome'], string>> = {
  clear: 'trusted',
  flagged: 'not trusted',
  inconclusive: 'unknown',
  error: 'error',
  'not-applicable': '',
};

/** What the lockfile says of an artifact, in one or two words; empty when there is no lockfile. */
export function sourceWord({ outcome, observations }: Provenance): string {
  if (outcome === 'clear' || outcome === 'not-applicable') return OUTCOME_WORDS[outcome];
  const rule = observations[0]?.rule ?? '';
  return Object.hasOwn(WORDS, rule) ? (WORDS[rule] ?? '') : OUTCOME_WORDS[outcome];
}
