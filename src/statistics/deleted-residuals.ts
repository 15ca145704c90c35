/** With fewer values the others' spread rests on two degrees of freedom or less. */
export const MINIMUM_VALUES_FOR_DELETED_RESIDUALS = 5;

/** Spread below this share of the others' largest magnitude is rounding noise of float32 sums, not spread. */
const RELATIVE_SPREAD_FLOOR = 1e-6;

/** Count, mean, sum of squared deviations and largest magnitude of a group of values; two groups merge exactly. */
interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
  readonly largest: number;
}

const NOTHING: Moments = { count: 0, mean: 0, squares: 0, largest: 0 };

/** Chan, Golub and LeVeque's update: no cancellation, however far apart the two groups are. */
function merged(a: Moments, b: Moments): Moments {
  const count = a.count + b.count;
  if (count === 0) return NOTHING;
  const distance = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (distance * b.count) / count,
    squares: a.squares + b.squares + (distance * distance * a.count * b.count) / count,
    largest: Math.max(a.largest, b.largest),
  };
}

/**
 * Externally studentized (deleted) residual of each value: its distance from the mean of the others, in units of the
 * others' standard deviation, sd · √(1 + 1/(n − 1)). For a normal sample each follows Student's t with n − 2 degrees of
 * freedom, so, unlike an index over the MAD, it has a known null distribution for as few as five values.
 * Undefined when there are fewer than {@link MINIMUM_VALUES_FOR_DELETED_RESIDUALS} values, one is not finite, or the
 * others do not differ. Linear time. Source: Cook and Weisberg, Residuals and Influence in Regression, 1982, section 2.2.
 */
export function deletedResiduals(values: ArrayLike<number>): Float64Array | undefined {
  const all = Float64Array.from(values);
  if (all.length < MINIMUM_VALUES_FOR_DELETED_RESIDUALS || !all.every(Number.isFinite)) return undefined;
  const single = (value: number): Moments => ({ count: 1, mean: value, squares: 0, largest: Math.abs(value) });
  const after: Moments[] = [NOTHING];
  for (const value of Float64Array.from(all).reverse()) after.push(merged(single(value), after[after.length - 1] ?? NOTHING));

  const residuals = new Float64Array(all.length);
  let before = NOTHING;
  for (const [index, value] of all.entries()) {
    const others = merged(before, after[all.length - 1 - index] ?? NOTHING);
    const spread = Math.sqrt(others.squares / (others.count - 1));
    if (!(spread > RELATIVE_SPREAD_FLOOR * others.largest)) return undefined;
    residuals[index] = (value - others.mean) / (spread * Math.sqrt(1 + 1 / others.count));
    before = merged(before, single(value));
  }
  return residuals;
}

/**
 * The standard normal value that is as unlikely as `t` with `degreesOfFreedom`, by Wallace's transformation (Annals of
 * Mathematical Statistics 1959): close for 3 degrees of freedom or more (the tests say how close).
 */
export function studentToNormal(t: number, degreesOfFreedom: number): number {
  const scale = (8 * degreesOfFreedom + 1) / (8 * degreesOfFreedom + 3);
  return Math.sign(t) * scale * Math.sqrt(degreesOfFreedom * Math.log1p((t * t) / degreesOfFreedom));
}
