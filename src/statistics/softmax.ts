/** Index of the largest value, the first among equals; undefined when there is none or one is NaN. */
export function argmax(values: ArrayLike<number>): number | undefined {
  let best: number | undefined;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (Number.isNaN(value)) return undefined;
    if (best === undefined || value > (values[best] as number)) best = index;
  }
  return best;
}

/** exp(x) / Σ exp(x) in float64, shifted by the maximum so that nothing overflows. NaN in, NaN out. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  let largest = -Infinity;
  for (let index = 0; index < logits.length; index += 1) largest = Math.max(largest, logits[index] as number);
  const powers = Float64Array.from(logits, (logit) => (logit === largest ? 1 : Math.exp(logit - largest)));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
