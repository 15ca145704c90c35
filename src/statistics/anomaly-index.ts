import { median, medianAbsoluteDeviation } from './median.ts';

/** 1 / Φ⁻¹(3/4): makes the MAD estimate the standard deviation of a normal sample. */
export const MAD_TO_SIGMA = 1.4826;

/**
 * Below this many values half of them decide the median and the MAD alone, so one value more or less moves the index
 * by whole units; Neural Cleanse's rule (index above 2) already errs at 10 classes.
 */
export const MINIMUM_VALUES_FOR_ANOMALY_INDEX = 5;

/**
 * Relative to the largest magnitude: a spread below it is rounding noise of float32 sums, and dividing by it would make
 * an outlier of a last bit.
 */
const RELATIVE_SPREAD_FLOOR = 1e-7;

/** Which direction counts as an outlier: 'upper' and 'lower' are signed, 'both' is the magnitude. */
export type OutlierSide = 'upper' | 'lower' | 'both';

/**
 * Anomaly index of each value, (x − median) / (1.4826 · MAD): signed towards `side`, or absolute for 'both'.
 * Undefined when there are fewer than {@link MINIMUM_VALUES_FOR_ANOMALY_INDEX} values, when one is not finite, or when
 * the MAD is zero (half of the values are the same): an index is then not defined, and not small.
 *
 * Source: Wang et al., Neural Cleanse, IEEE S&P 2019, section V-B; Hampel, JASA 1974.
 */
export function anomalyIndexes(values: ArrayLike<number>, side: OutlierSide): Float64Array | undefined {
  if (values.length < MINIMUM_VALUES_FOR_ANOMALY_INDEX) return undefined;
  const all = Float64Array.from(values);
  if (!all.every(Number.isFinite)) return undefined;
  const center = median(all) as number;
  const spread = MAD_TO_SIGMA * (medianAbsoluteDeviation(all) as number);
  const largest = all.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (spread <= RELATIVE_SPREAD_FLOOR * largest) return undefined;
  return all.map((value) => {
    const index = (value - center) / spread;
    return side === 'both' ? Math.abs(index) : side === 'lower' ? -index : index;
  });
}
