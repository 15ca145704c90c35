export interface BestSplit {
  /** Values above it are the upper group. */
  readonly threshold: number;
  /** Distance of the two means in standard deviations within the groups; a normal sample cut in half gives 2.65. */
  readonly separation: number;
  readonly upperCount: number;
  readonly lowerMean: number;
  readonly upperMean: number;
}

/**
 * The cut of a list of numbers into two groups of at least `minimum` members that leaves the least variance within the groups (Fisher 1958;
 * Otsu 1979). Exact, in n log n. Undefined when there are too few values or all are the same.
 */
export function bestSplit(values: ArrayLike<number>, minimum: number): BestSplit | undefined {
  const count = values.length;
  const least = Math.max(1, minimum);
  if (count < 2 * least) return undefined;
  const sorted = Float64Array.from(values).sort();
  const center = sorted[count >> 1] as number;
  let [all, squares] = [0, 0];
  for (let at = 0; at < count; at += 1) {
    const value = (sorted[at] as number) - center;
    all += value;
    squares += value * value;
  }
  let best: { at: number; between: number } | undefined;
  let below = 0;
  for (let at = 0; at < count - least; at += 1) {
    below += (sorted[at] as number) - center;
    const lower = at + 1;
    if (lower < least || sorted[at] === sorted[at + 1]) continue;
    const between = (below * below) / lower + (all - below) ** 2 / (count - lower);
    if (best === undefined || between > best.between) best = { at, between };
  }
  if (best === undefined) return undefined;
  const lower = best.at + 1;
  let sum = 0;
  for (let at = 0; at < lower; at += 1) sum += sorted[at] as number;
  const lowerMean = sum / lower;
  const upperMean = (all + count * center - sum) / (count - lower);
  // A rounding error must not make a negative variance of groups that are points.
  const within = Math.max((squares - best.between) / count, 1e-12 * (upperMean - lowerMean) ** 2, Number.MIN_VALUE);
  return {
    threshold: ((sorted[best.at] as number) + (sorted[best.at + 1] as number)) / 2,
    separation: (upperMean - lowerMean) / Math.sqrt(within),
    upperCount: count - lower,
    lowerMean,
    upperMean,
  };
}
