import { logGamma } from './gamma.ts';

/** Terms after which what is left of the tail no longer changes its logarithm. */
const NEGLIGIBLE = 1e-12;

/**
 * Natural logarithm of P(X ≥ successes) for X binomial in `trials` with `chance`: exact, summed from the first term on in logarithms, so that
 * tails far below the smallest number are still told apart.
 */
export function logBinomialTail(successes: number, trials: number, chance: number): number {
  if (successes <= 0) return 0;
  if (chance <= 0 || successes > trials) return -Infinity;
  if (chance >= 1) return 0;
  const first =
    logGamma(trials + 1) - logGamma(successes + 1) - logGamma(trials - successes + 1) + successes * Math.log(chance) + (trials - successes) * Math.log1p(-chance);
  let [sum, term] = [1, 1];
  for (let k = successes; k < trials; k += 1) {
    term *= ((trials - k) / (k + 1)) * (chance / (1 - chance));
    sum += term;
    // Below the mode terms still grow.
    if (term < NEGLIGIBLE * sum && k + 1 > trials * chance) break;
  }
  return Math.min(0, first + Math.log(sum));
}
