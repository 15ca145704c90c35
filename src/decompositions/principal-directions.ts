import { matrixOf } from './matrix.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

export interface PrincipalDirections {
  /** Column means of the rows: length `columns`. */
  readonly mean: Float64Array;
  /** Orthonormal, the strongest first, each of length `columns`; fewer than asked for where the rows span fewer. */
  readonly directions: readonly Float64Array[];
  /** Variance along each (divided by rows − 1). */
  readonly variances: readonly number[];
}

/** A direction with less than this share of the strongest one's variance is rounding. */
const SMALLEST_SHARE = 1e-10;

/**
 * The strongest `count` principal directions of some rows of a table. The smaller of the two Gram matrices is formed and taken apart, so the
 * time is rows · columns · min(rows, columns): for thousands of columns keep the rows to hundreds.
 */
export function principalDirections(table: Float32Array, columns: number, rows: ArrayLike<number>, count: number): PrincipalDirections {
  const n = rows.length;
  const mean = new Float64Array(columns);
  for (let i = 0; i < n; i += 1) {
    const from = (rows[i] as number) * columns;
    for (let c = 0; c < columns; c += 1) mean[c] = (mean[c] as number) + (table[from + c] as number) / n;
  }
  if (n < 2) return { mean, directions: [], variances: [] };
  const centered = new Float32Array(n * columns);
  for (let i = 0; i < n; i += 1) {
    const from = (rows[i] as number) * columns;
    for (let c = 0; c < columns; c += 1) centered[i * columns + c] = (table[from + c] as number) - (mean[c] as number);
  }
  return n <= columns ? byRows(centered, n, columns, mean, count) : byColumns(centered, n, columns, mean, count);
}

function byRows(centered: Float32Array, n: number, columns: number, mean: Float64Array, count: number): PrincipalDirections {
  const gram = matrixOf(n, n);
  for (let i = 0; i < n; i += 1) {
    const a = centered.subarray(i * columns, (i + 1) * columns);
    for (let j = 0; j <= i; j += 1) {
      const from = j * columns;
      let sum = 0;
      for (let c = 0; c < columns; c += 1) sum += (a[c] as number) * (centered[from + c] as number);
      gram.values[i * n + j] = sum;
      gram.values[j * n + i] = sum;
    }
  }
  const { values, vectors } = symmetricEigen(gram);
  const kept = strongest(values, count);
  const directions = kept.map((k) => {
    const direction = new Float64Array(columns);
    const scale = 1 / Math.sqrt(values[k] as number);
    for (let i = 0; i < n; i += 1) {
      const weight = (vectors.values[i * n + k] as number) * scale;
      for (let c = 0; c < columns; c += 1) direction[c] = (direction[c] as number) + weight * (centered[i * columns + c] as number);
    }
    return direction;
  });
  return { mean, directions, variances: kept.map((k) => (values[k] as number) / (n - 1)) };
}

function byColumns(centered: Float32Array, n: number, columns: number, mean: Float64Array, count: number): PrincipalDirections {
  const scatter = matrixOf(columns, columns);
  for (let i = 0; i < n; i += 1) {
    for (let a = 0; a < columns; a += 1) {
      const value = centered[i * columns + a] as number;
      if (value === 0) continue;
      for (let b = 0; b <= a; b += 1) scatter.values[a * columns + b] = (scatter.values[a * columns + b] as number) + value * (centered[i * columns + b] as number);
    }
  }
  const { values, vectors } = symmetricEigen(scatter);
  const kept = strongest(values, count);
  const directions = kept.map((k) => Float64Array.from({ length: columns }, (_, c) => vectors.values[c * columns + k] as number));
  return { mean, directions, variances: kept.map((k) => (values[k] as number) / (n - 1)) };
}

function strongest(values: Float64Array, count: number): readonly number[] {
  const least = SMALLEST_SHARE * Math.max(values[0] ?? 0, Number.MIN_VALUE);
  return Array.from({ length: Math.min(count, values.length) }, (_, k) => k).filter((k) => (values[k] as number) > least);
}
