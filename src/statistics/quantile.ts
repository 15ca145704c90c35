/**
 * Quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan, numpy's default).
 * Undefined for no values; throws RangeError when `probability` is outside [0, 1].
 */
export function quantile(values: ArrayLike<number>, probability: number): number | undefined {
  if (!(probability >= 0 && probability <= 1)) throw new RangeError(`A quantile's probability must be in [0, 1], not ${probability}.`);
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (position - below) * (high - low);
}
