import { matrixOf, type Matrix } from './matrix.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

export interface RobustCovariance {
  readonly mean: Float64Array;
  readonly covariance: Matrix;
  /** The covariance to the power −½. */
  readonly whitening: Matrix;
}

/** Concentration steps; the determinant falls at every one and settles in a few. */
const STEPS = 10;

/** Variances below this share of the largest are not divided by. */
const SMALLEST_SHARE = 1e-6;

/**
 * Mean and covariance of the `share` of rows that lie closest together, by concentration steps from the coordinate-wise median (Rousseeuw and Van Driessen, A Fast
 * Algorithm for the Minimum Covariance Determinant Estimator, Technometrics 1999, from one start), without the factor for consistency at the normal distribution.
 * Undefined when fewer than two rows are left or nothing varies.
 */
export function robustCovariance(table: Float32Array, width: number, share: number): RobustCovariance | undefined {
  const rows = table.length / width;
  const kept = Math.max(2, Math.ceil(share * rows));
  if (rows < 2) return undefined;
  const start = Float64Array.from({ length: width }, (_, c) => Float64Array.from({ length: rows }, (_unused, row) => table[row * width + c] as number).sort()[rows >> 1] as number);
  let inside = closest(table, width, kept, (row) => {
    let sum = 0;
    for (let c = 0; c < width; c += 1) sum += ((table[row * width + c] as number) - (start[c] as number)) ** 2;
    return sum;
  });
  let found: RobustCovariance | undefined;
  for (let step = 0; step < STEPS; step += 1) {
    found = estimate(table, width, inside);
    if (found === undefined) return undefined;
    const { mean, whitening } = found;
    const next = closest(table, width, kept, (row) => {
      let sum = 0;
      for (let a = 0; a < width; a += 1) {
        let along = 0;
        for (let b = 0; b < width; b += 1) along += (whitening.values[a * width + b] as number) * ((table[row * width + b] as number) - (mean[b] as number));
        sum += along * along;
      }
      return sum;
    });
    const same = next.every((row, at) => row === inside[at]);
    inside = next;
    if (same) break;
  }
  return found;
}

function closest(table: Float32Array, width: number, kept: number, distance: (row: number) => number): readonly number[] {
  const distances = Float64Array.from({ length: table.length / width }, (_, row) => distance(row));
  return Array.from(distances.keys()).sort((a, b) => (distances[a] as number) - (distances[b] as number) || a - b).slice(0, kept).sort((a, b) => a - b);
}

function estimate(table: Float32Array, width: number, rows: readonly number[]): RobustCovariance | undefined {
  const mean = new Float64Array(width);
  for (const row of rows) for (let c = 0; c < width; c += 1) mean[c] = (mean[c] as number) + (table[row * width + c] as number) / rows.length;
  const covariance = matrixOf(width, width);
  for (const row of rows) {
    for (let a = 0; a < width; a += 1) {
      const left = (table[row * width + a] as number) - (mean[a] as number);
      for (let b = 0; b < width; b += 1) covariance.values[a * width + b] = (covariance.values[a * width + b] as number) + (left * ((table[row * width + b] as number) - (mean[b] as number))) / (rows.length - 1);
    }
  }
  const { values, vectors } = symmetricEigen(covariance);
  const largest = values[0] ?? 0;
  if (!(largest > 0)) return undefined;
  const scale = values.map((value) => 1 / Math.sqrt(Math.max(value, SMALLEST_SHARE * largest)));
  const whitening = matrixOf(width, width, (row, column) => scale.reduce((sum, one, k) => sum + one * (vectors.values[row * width + k] as number) * (vectors.values[column * width + k] as number), 0));
  return { mean, covariance, whitening };
}
