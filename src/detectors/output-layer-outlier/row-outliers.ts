import type { MatrixRows } from '../../onnx/matrix-rows.ts';
import { anomalyIndexes } from '../../statistics/anomaly-index.ts';
import { deletedResiduals, studentToNormal } from '../../statistics/deleted-residuals.ts';
import { normalCdf } from '../../statistics/normal.ts';

export interface RowOutliers {
  /** The class whose row stands out most towards larger weights. */
  readonly targetClass: number;
  /** −log10 of the chance that any of so many rows stands out this far, in [0, 300]. */
  readonly significance: number;
  /** Standard normal equivalents of the two statistics of that row. */
  readonly meanScore: number;
  readonly positiveScore: number;
  /** Anomaly index of that row's mean; undefined when the MAD is zero. */
  readonly meanAnomalyIndex: number | undefined;
}

/** Smallest probability that is told apart: beyond it the tail of the normal distribution underflows. */
const SMALLEST_PROBABILITY = 1e-300;

export interface RowStatistics {
  readonly means: Float64Array;
  readonly positives: Float64Array;
}

/**
 * Per row: mean weight, and mean of the positive weights with negative ones counted as zero. Says so where a weight is not a finite
 * number; `goOn` is asked between blocks of rows.
 */
export async function rowStatistics(weights: MatrixRows, goOn: () => boolean): Promise<RowStatistics | 'not finite' | 'out of time'> {
  const { rowCount, columnCount } = weights;
  const means = new Float64Array(rowCount);
  const positives = new Float64Array(rowCount);
  for await (const { first, count, values } of weights.blocks()) {
    if (!goOn()) return 'out of time';
    for (let row = 0; row < count; row += 1) {
      let sum = 0;
      let positive = 0;
      for (let column = 0; column < columnCount; column += 1) {
        const weight = values[row * columnCount + column] as number;
        sum += weight;
        if (weight > 0) positive += weight;
      }
      // A sum of float32 numbers does not overflow, so that only what is not finite makes it so.
      if (!Number.isFinite(sum)) return 'not finite';
      means[first + row] = sum / columnCount;
      positives[first + row] = positive / columnCount;
    }
  }
  return { means, positives };
}

/**
 * How far the most outlying row lies above the others, by mean weight and by positive weight together. Both must agree
 * on a row, because their average is what counts. Undefined when a statistic has no spread to measure against.
 */
export function rowOutliers(means: Float64Array, positives: Float64Array): RowOutliers | undefined {
  const meanResiduals = deletedResiduals(means);
  const positiveResiduals = deletedResiduals(positives);
  if (meanResiduals === undefined || positiveResiduals === undefined) return undefined;
  const classCount = means.length;
  const meanScores = meanResiduals.map((t) => studentToNormal(t, classCount - 2));
  const positiveScores = positiveResiduals.map((t) => studentToNormal(t, classCount - 2));
  const together = meanScores.map((score, row) => (score + (positiveScores[row] as number)) / 2);
  const targetClass = together.reduce((best, score, row) => (score > (together[best] as number) ? row : best), 0);
  // The average of two standard normal values has a variance of at most one, so its tail is at most the normal one;
  // the factor is Bonferroni's, for having looked at every class.
  const probability = Math.min(1, classCount * normalCdf(-(together[targetClass] as number)));
  return {
    targetClass,
    significance: Math.max(0, -Math.log10(Math.max(probability, SMALLEST_PROBABILITY))),
    meanScore: meanScores[targetClass] as number,
    positiveScore: positiveScores[targetClass] as number,
    meanAnomalyIndex: anomalyIndexes(means, 'upper')?.[targetClass],
  };
}
