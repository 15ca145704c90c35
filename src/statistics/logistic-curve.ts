const ROUNDS = 30;

/** Variance of the prior on the slope per deviation of the values: weakly informative, so that two kinds that do not overlap make no step (Gelman et al., Annals of Applied Statistics 2, 2008). */
const PRIOR_VARIANCE = 2.5 ** 2;

/**
 * The log odds of 1 at a value, fitted with an intercept, both labels counting the same in all (Platt, Probabilistic Outputs for Support Vector Machines, 1999): how much more likely the value is among ones than among zeros.
 * Never falling. Zero everywhere where one of the labels is not there or all values are the same.
 */
export function logisticCurve(values: ArrayLike<number>, labels: ArrayLike<number>): (value: number) => number {
  const count = values.length;
  const ones = Array.from(labels).reduce((sum, one) => sum + one, 0);
  const mean = Array.from(values).reduce((sum, one) => sum + one, 0) / Math.max(1, count);
  const deviation = Math.sqrt(Array.from(values).reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, count));
  if (ones === 0 || ones === count || !(deviation > 0)) return () => 0;
  const weights = [count / (2 * (count - ones)), count / (2 * ones)] as const;
  let [slope, intercept] = [0, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    let [g0, g1, h00, h01, h11] = [0, -slope / PRIOR_VARIANCE, 1e-9, 0, 1 / PRIOR_VARIANCE];
    for (let at = 0; at < count; at += 1) {
      const x = ((values[at] as number) - mean) / deviation;
      const weight = weights[labels[at] === 1 ? 1 : 0];
      const p = 1 / (1 + Math.exp(-intercept - slope * x));
      const residual = weight * ((labels[at] as number) - p);
      const curvature = weight * p * (1 - p);
      g0 += residual;
      g1 += residual * x;
      h00 += curvature;
      h01 += curvature * x;
      h11 += curvature * x * x;
    }
    const determinant = h00 * h11 - h01 * h01;
    const step = [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant] as const;
    intercept += Math.max(-2, Math.min(2, step[0]));
    slope += Math.max(-2, Math.min(2, step[1]));
    if (Math.abs(step[0]) + Math.abs(step[1]) < 1e-9) break;
  }
  if (slope <= 0) return () => 0;
  return (value) => intercept + (slope * (value - mean)) / deviation;
}
