import { matrixOf } from '../../decompositions/matrix.ts';
import { solveManyPositiveDefinite } from '../../decompositions/positive-definite.ts';

/** Keeps the constant's equation solvable where nothing is known. */
const LEAST_RIDGE = 1e-6;

/** Scores of classes; fitted for each fold to the samples outside of it. */
export interface CrossFittedRidge {
  /** Into `scores`, a class each: what the features say by the classifier that `fold` had no part in. */
  score(features: Float32Array, at: number, fold: number, scores: Float64Array): void;
  readonly ridge: number;
}

export interface RidgeRequest {
  /** [samples, width]. */
  readonly x: Float32Array;
  readonly width: number;
  readonly labels: readonly number[];
  /** By sample; samples of fold −1 are in no fit. */
  readonly folds: readonly number[];
  readonly foldCount: number;
  readonly classCount: number;
  /** In shares of the number of samples. The one that fits the first fold best is taken. */
  readonly ridges: readonly number[];
  /** Columns that may testify, each view for itself: [from, to). */
  readonly views: readonly { readonly from: number; readonly to: number }[];
}

/** One-against-all ridge regressions (Hoerl and Kennard 1970), one a view, cross-fitted. The Gram matrix of each fold is formed once. */
export function crossFittedRidge(request: RidgeRequest): readonly CrossFittedRidge[] {
  const { x, width, labels, folds, foldCount, classCount, ridges, views } = request;
  const side = width + 1;
  const total = { gram: new Float64Array(side * side), products: new Float64Array(classCount * side) };
  const parts = Array.from({ length: foldCount }, () => ({ gram: new Float64Array(side * side), products: new Float64Array(classCount * side) }));
  const line = new Float64Array(side).fill(1);
  for (const [row, label] of labels.entries()) {
    const part = parts[folds[row] as number];
    if (part === undefined) continue;
    line.set(x.subarray(row * width, (row + 1) * width));
    for (let a = 0; a < side; a += 1) {
      const value = line[a] as number;
      const from = a * side;
      for (let b = 0; b <= a; b += 1) part.gram[from + b] = (part.gram[from + b] as number) + value * (line[b] as number);
      part.products[label * side + a] = (part.products[label * side + a] as number) + value;
    }
  }
  for (const { gram, products } of parts) {
    for (let at = 0; at < gram.length; at += 1) total.gram[at] = (total.gram[at] as number) + (gram[at] as number);
    for (let at = 0; at < products.length; at += 1) total.products[at] = (total.products[at] as number) + (products[at] as number);
  }
  return views.map(({ from, to }) => {
    const used = [...Array.from({ length: to - from }, (_, at) => from + at), width];
    const fit = (fold: number, ridge: number): readonly Float64Array[] => {
      const part = parts[fold] as typeof total;
      const strength = Math.max(LEAST_RIDGE, ridge * ((total.gram[side * side - 1] as number) - (part.gram[side * side - 1] as number)));
      const matrix = matrixOf(used.length, used.length, (a, b) => {
        const at = (used[Math.max(a, b)] as number) * side + (used[Math.min(a, b)] as number);
        return (total.gram[at] as number) - (part.gram[at] as number) + (a !== b ? 0 : a < used.length - 1 ? strength : LEAST_RIDGE);
      });
      const rights = Array.from({ length: classCount }, (_, label) => Float64Array.from(used, (column) => (total.products[label * side + column] as number) - (part.products[label * side + column] as number)));
      return solveManyPositiveDefinite(matrix, rights) ?? rights.map((right) => right.fill(0));
    };
    const scoreWith = (weights: readonly Float64Array[], features: Float32Array, at: number, scores: Float64Array): void => {
      for (const [label, own] of weights.entries()) {
        let sum = own[to - from] as number;
        for (let k = 0; k < to - from; k += 1) sum += (own[k] as number) * (features[at + from + k] as number);
        scores[label] = sum;
      }
    };
    const scores = new Float64Array(classCount);
    const rightInFirst = (weights: readonly Float64Array[]): number =>
      labels.filter((label, row) => {
        if (folds[row] !== 0) return false;
        scoreWith(weights, x, row * width, scores);
        return scores[label] === Math.max(...scores);
      }).length;
    const tried = ridges.map((ridge) => ({ ridge, weights: fit(0, ridge) }));
    const best = tried.length === 1 ? (tried[0] as (typeof tried)[number]) : tried.map((one) => ({ ...one, right: rightInFirst(one.weights) })).reduce((most, one) => (one.right > most.right ? one : most));
    const fitted = Array.from({ length: foldCount }, (_, fold) => (fold === 0 ? best.weights : fit(fold, best.ridge)));
    return { ridge: best.ridge, score: (features, at, fold, into) => scoreWith(fitted[fold] as readonly Float64Array[], features, at, into) };
  });
}
