import { matrixOf } from '../decompositions/matrix.ts';
import { symmetricEigen } from '../decompositions/symmetric-eigen.ts';

/** Directions with less than this share of the strongest one's variance are noise, and dividing by it would make it the loudest. */
const SMALLEST_SHARE = 1e-4;

/** Share of each class, the farthest from its mean, that the second estimate leaves out: up to a tenth of poison does not set the scale it is judged by. */
const TRIMMED_SHARE = 0.1;

export interface WhitenedFeatures {
  /** [rows, width]: rotated and scaled so that within classes every direction varies alike; class means are kept. */
  readonly table: Float32Array;
  readonly width: number;
}

/**
 * Scales features by how much they vary within classes. The covariance is estimated twice, the second time without the tenth of each class
 * (or another share) that lay farthest from its mean by the first; with a share of 0 there is no second time. Undefined when nothing varies.
 */
export function withinClassWhitening(features: Float32Array, width: number, classes: readonly (readonly number[])[], trimmedShare = TRIMMED_SHARE): WhitenedFeatures | undefined {
  const first = whiten(features, width, classes);
  if (first === undefined || trimmedShare === 0) return first;
  const kept = classes.map((rows) => nearest(first, rows, trimmedShare));
  return whiten(features, width, kept) ?? first;
}

function whiten(features: Float32Array, width: number, classes: readonly (readonly number[])[]): WhitenedFeatures | undefined {
  const scatter = matrixOf(width, width);
  let total = 0;
  const centered = new Float64Array(width);
  for (const rows of classes) {
    if (rows.length < 2) continue;
    const mean = meanOf(features, width, rows);
    for (const row of rows) {
      for (let c = 0; c < width; c += 1) centered[c] = (features[row * width + c] as number) - (mean[c] as number);
      for (let a = 0; a < width; a += 1) {
        const value = centered[a] as number;
        if (value === 0) continue;
        for (let b = 0; b <= a; b += 1) scatter.values[a * width + b] = (scatter.values[a * width + b] as number) + value * (centered[b] as number);
      }
    }
    total += rows.length - 1;
  }
  if (total < 2) return undefined;
  const { values, vectors } = symmetricEigen(scatter);
  const strongest = values[0] ?? 0;
  if (!(strongest > 0)) return undefined;
  const kept = Array.from(values.keys()).filter((k) => (values[k] as number) > SMALLEST_SHARE * strongest);
  const count = features.length / width;
  const table = new Float32Array(count * kept.length);
  for (const [place, k] of kept.entries()) {
    const scale = 1 / Math.sqrt((values[k] as number) / total);
    for (let row = 0; row < count; row += 1) {
      let sum = 0;
      for (let c = 0; c < width; c += 1) sum += (features[row * width + c] as number) * (vectors.values[c * width + k] as number);
      table[row * kept.length + place] = sum * scale;
    }
  }
  return { table, width: kept.length };
}

function nearest({ table, width }: WhitenedFeatures, rows: readonly number[], trimmedShare: number): readonly number[] {
  const mean = meanOf(table, width, rows);
  const distances = rows.map((row) => squaredDistance(table, width, row, mean));
  const order = rows.map((_, at) => at).sort((a, b) => (distances[a] as number) - (distances[b] as number));
  return order.slice(0, Math.ceil((1 - trimmedShare) * rows.length)).map((at) => rows[at] as number);
}

/** Mean of some rows of a table. */
export function meanOf(table: Float32Array, width: number, rows: readonly number[]): Float64Array {
  const mean = new Float64Array(width);
  for (const row of rows) for (let c = 0; c < width; c += 1) mean[c] = (mean[c] as number) + (table[row * width + c] as number) / rows.length;
  return mean;
}

/** Squared Euclidean distance of a row from a point. */
export function squaredDistance(table: Float32Array, width: number, row: number, point: ArrayLike<number>): number {
  let sum = 0;
  for (let c = 0; c < width; c += 1) sum += ((table[row * width + c] as number) - (point[c] as number)) ** 2;
  return sum;
}
