import { mean, standardDeviation } from '../../statistics/moments.ts';
import { median } from '../../statistics/median.ts';
import type { Head } from './probe-head.ts';

/**
 * One number a class: the length of its row plus the size of its bias, larger the more the row's mean and median
 * differ (a few large weights). After the indicators of DFBScanner, arXiv:2605.18907.
 */
export function rowIndicators({ weights, bias, classCount, featureCount }: Head & { readonly bias: Float32Array | undefined }): Float64Array {
  return Float64Array.from({ length: classCount }, (_, label) => {
    const row = weights.subarray(label * featureCount, (label + 1) * featureCount);
    const length = Math.sqrt(row.reduce((sum, weight) => sum + weight * weight, 0)) + Math.abs(bias?.[label] ?? 0);
    const spread = standardDeviation(row) ?? 0;
    const skew = spread === 0 ? 0 : Math.abs((mean(row) ?? 0) - (median(row) ?? 0)) / spread;
    return length * (1 + skew);
  });
}
