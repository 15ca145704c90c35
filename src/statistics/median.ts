/** Middle value of the sorted numbers, the mean of the two middle ones for an even count; undefined for none. */
export function median(values: ArrayLike<number>): number | undefined {
  const count = values.length;
  if (count === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const half = count >> 1;
  const upper = sorted[half] as number;
  return count % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

/** Median of |x − median(x)|, not scaled; undefined for no values. */
export function medianAbsoluteDeviation(values: ArrayLike<number>): number | undefined {
  const center = median(values);
  if (center === undefined) return undefined;
  return median(Float64Array.from(values, (value) => Math.abs(value - center)));
}
