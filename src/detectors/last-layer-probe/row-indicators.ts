import type { RowBlock } from '../../onnx/matrix-rows.ts';
import { mean, standardDeviation } from '../../statistics/moments.ts';
import { median } from '../../statistics/median.ts';

/**
 * One number for each class of a block: the length of its row plus the size of its bias, larger the more the row's mean and median
 * differ (a few large weights). After the indicators of DFBScanner, arXiv:2605.18907.
 */
export function rowIndicators({ first, count, values }: RowBlock, bias: Float32Array | undefined): Float64Array {
  const columns = values.length / count;
  return Float64Array.from({ length: count }, (_, at) => {
    const row = values.subarray(at * columns, (at + 1) * columns);
    const length = Math.sqrt(row.reduce((sum, weight) => sum + weight * weight, 0)) + Math.abs(bias?.[first + at] ?? 0);
    const spread = standardDeviation(row) ?? 0;
    const skew = spread === 0 ? 0 : Math.abs((mean(row) ?? 0) - (median(row) ?? 0)) / spread;
    return length * (1 + skew);
  });
}
