import type { RandomSource } from './random.ts';

/** A fold in [0, folds) for every row, each label spread over the folds as evenly as it goes. */
export function stratifiedFolds(labels: ArrayLike<number>, folds: number, random: RandomSource): Int32Array {
  const result = new Int32Array(labels.length);
  const kinds = [...new Set(Array.from(labels))].sort((left, right) => left - right);
  let next = 0;
  for (const kind of kinds) {
    const rows = random.shuffle(Array.from(labels).flatMap((label, row) => (label === kind ? [row] : [])));
    for (const row of rows) {
      result[row] = next % folds;
      next += 1;
    }
  }
  return result;
}
