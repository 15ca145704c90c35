const ROUNDS = 100;

/** Log odds beyond this are certainty, and their exponential an infinity. */
const LARGEST = 30;

/**
 * The share of a list that comes from the second of two distributions, given each member's log likelihood ratio: the maximum-likelihood mixing
 * weight, by expectation-maximization (Saerens, Latinne, Decaestecker, Neural Computation 2002). Zero for no values.
 */
export function mixtureShare(logRatios: ArrayLike<number>): number {
  const count = logRatios.length;
  if (count === 0) return 0;
  const ratios = Float64Array.from(logRatios, (value) => Math.exp(Math.min(LARGEST, value)));
  let share = 0.1;
  for (let round = 0; round < ROUNDS; round += 1) {
    let sum = 0;
    for (const ratio of ratios) sum += (share * ratio) / (1 - share + share * ratio);
    share = sum / count;
  }
  return share;
}
