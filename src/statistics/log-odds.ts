/**
 * Logarithm of the odds of `successes` in `trials`, with half a success and half a failure added so that it stays finite
 * (Haldane 1955, Anscombe 1956). Zero for no trials.
 */
export function logOdds(successes: number, trials: number): number {
  return Math.log((successes + 0.5) / (trials - successes + 0.5));
}

/** Logarithm of the odds of a rate in (0, 1). */
export function logOddsOfRate(rate: number): number {
  return Math.log(rate / (1 - rate));
}
