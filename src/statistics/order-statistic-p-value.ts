import { regularizedGamma } from './gamma.ts';

/** Fewer values fit any distribution. */
const MINIMUM_VALUES = 4;

/**
 * Probability that the largest of n values, drawn like the other n − 1, is at least as large as it is: 1 − F(max)ⁿ with F
 * a gamma distribution fitted to the others by its moments (Wang et al. 2024, MM-BD, arXiv:2205.06900, section IV). Undefined
 * for fewer than four others, and when they are not positive or all the same: then there is no distribution.
 */
export function orderStatisticPValue(values: ArrayLike<number>): number | undefined {
  const sorted = Float64Array.from(values).sort();
  const largest = sorted.at(-1);
  const others = sorted.subarray(0, -1);
  if (largest === undefined || others.length < MINIMUM_VALUES || !(others[0] as number > 0)) return undefined;
  const mean = others.reduce((sum, value) => sum + value, 0) / others.length;
  const variance = others.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (others.length - 1);
  if (!(variance > 0)) return undefined;
  return 1 - regularizedGamma((mean * mean) / variance, (largest * mean) / variance) ** sorted.length;
}
