import { matrixOf } from '../../decompositions/matrix.ts';
import { robustCovariance } from '../../decompositions/robust-covariance.ts';
import { symmetricEigen } from '../../decompositions/symmetric-eigen.ts';

/** How much more directions of larger variance count; the paper's. */
const ALPHA = 4;

export interface QuantumEntropyScores {
  readonly scores: Float64Array;
  /** Largest variance left in any direction; 1 where the whitening fits everybody. */
  readonly largestVariance: number;
}

/**
 * QUE scores xᵀ exp(α (Σ − I) / (‖Σ‖ − 1)) x / tr(exp …) of robustly whitened rows, Σ their second moments. With all variances alike these are squared lengths; with one
 * direction far too large they are the squares along it.
 */
export function quantumEntropyScores(table: Float32Array, width: number, coreShare: number): QuantumEntropyScores | undefined {
  const robust = robustCovariance(table, width, coreShare);
  if (robust === undefined) return undefined;
  const rows = table.length / width;
  const white = new Float64Array(table.length);
  for (let row = 0; row < rows; row += 1) {
    for (let a = 0; a < width; a += 1) {
      let sum = 0;
      for (let b = 0; b < width; b += 1) sum += (robust.whitening.values[a * width + b] as number) * ((table[row * width + b] as number) - (robust.mean[b] as number));
      white[row * width + a] = sum;
    }
  }
  const moments = matrixOf(width, width, (a, b) => {
    let sum = 0;
    for (let row = 0; row < rows; row += 1) sum += (white[row * width + a] as number) * (white[row * width + b] as number);
    return sum / rows;
  });
  const { values, vectors } = symmetricEigen(moments);
  const largestVariance = values[0] ?? 1;
  const reach = Math.max(largestVariance - 1, 1e-9);
  // Only the ratios of the weights matter, so the largest exponent is taken off before it can overflow.
  const weights = values.map((value) => Math.exp((ALPHA * (value - largestVariance)) / reach));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scores = Float64Array.from({ length: rows }, (_, row) => {
    let score = 0;
    for (let k = 0; k < width; k += 1) {
      let along = 0;
      for (let c = 0; c < width; c += 1) along += (white[row * width + c] as number) * (vectors.values[c * width + k] as number);
      score += ((weights[k] as number) / total) * along * along;
    }
    return score;
  });
  return { scores, largestVariance };
}
