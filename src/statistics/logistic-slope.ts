/** A measured model: its distance from the threshold towards the flagged side, and what it really is. */
export interface LabeledDistance {
  readonly distance: number;
  readonly isPositive: boolean;
}

/**
 * Standard deviation of the prior on the slope per standard deviation of the distances: weakly informative, so that a
 * handful of perfectly separated models does not make a step of the curve (Gelman et al., Annals of Applied Statistics
 * 2008, use a scale of 2.5 for standardized predictors).
 */
const PRIOR_SCALE = 2.5;

/** The search for the best slope ends when its bracket is this small a share of it. */
const TOLERANCE = 1e-10;

/**
 * Slope of the logistic curve 1 / (1 + exp(−slope · distance)), whose midpoint is fixed at distance 0, by penalized
 * maximum likelihood with positives and negatives weighted to count equally. Always positive and finite.
 * Throws RangeError unless both kinds are there and the distances differ from zero somewhere.
 */
export function logisticSlope(models: readonly LabeledDistance[]): number {
  const positives = models.filter(({ isPositive }) => isPositive).length;
  const negatives = models.length - positives;
  if (positives === 0 || negatives === 0) throw new RangeError('A slope needs positive and negative models.');
  const scale = Math.sqrt(models.reduce((sum, { distance }) => sum + distance * distance, 0) / models.length);
  if (!(scale > 0 && Number.isFinite(scale))) throw new RangeError('The distances are all zero or not finite.');

  const loss = (standardized: number): number => {
    let sum = (standardized * standardized) / (2 * PRIOR_SCALE * PRIOR_SCALE);
    for (const { distance, isPositive } of models) {
      const margin = ((isPositive ? 1 : -1) * standardized * distance) / scale;
      const weight = models.length / (2 * (isPositive ? positives : negatives));
      // log(1 + exp(−margin)) without overflow.
      sum += weight * (Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin))));
    }
    return sum;
  };
  // Convex in the slope, so golden-section search finds the minimum; a detector that ranks backwards ends at the floor.
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [1e-3, 20 * PRIOR_SCALE];
  while (high - low > TOLERANCE * high) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (loss(left) < loss(right)) high = right;
    else low = left;
    if (right - left < TOLERANCE) break;
  }
  return (low + high) / 2 / scale;
}
