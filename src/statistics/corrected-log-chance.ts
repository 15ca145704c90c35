import { logBinomialTail } from './binomial-tail.ts';

/** Base-10 logarithm of P(X ≥ successes), X binomial, times the number of tests made (Bonferroni); above 0 where that is no chance any more. */
export function correctedLogChance(successes: number, trials: number, chance: number, tests: number): number {
  return logBinomialTail(successes, trials, chance) / Math.LN10 + Math.log10(Math.max(1, tests));
}
