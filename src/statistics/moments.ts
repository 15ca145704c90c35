/** Arithmetic mean; undefined for no values. */
export function mean(values: ArrayLike<number>): number | undefined {
  if (values.length === 0) return undefined;
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] as number;
  return sum / values.length;
}

/** Sample variance (divided by n − 1); undefined for fewer than two values. */
export function variance(values: ArrayLike<number>): number | undefined {
  const center = mean(values);
  if (center === undefined || values.length < 2) return undefined;
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += ((values[index] as number) - center) ** 2;
  return sum / (values.length - 1);
}

/** Square root of the sample variance; undefined for fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number | undefined {
  const spread = variance(values);
  return spread === undefined ? undefined : Math.sqrt(spread);
}
