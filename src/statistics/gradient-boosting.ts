import { regressionTree, treeValue } from './regression-tree.ts';

/** Small trees, small steps: what is commonly taken for some dozens to hundreds of rows. */
const ROUNDS = 100;
const DEPTH = 2;
const SHRINKAGE = 0.1;

/** Keeps a leaf in which every row is settled from taking an endless step. */
const SMALLEST_CURVATURE = 1e-6;

/**
 * Gradient boosting of the logistic loss with shallow trees (Friedman, Greedy Function Approximation, Annals of Statistics 29, 2001,
 * algorithm 5 with shrinkage), both labels weighing the same in all. `labels` are 0 or 1, one a row of `data`. The answer for a row is the estimated probability of 1 among as many of either.
 * No chance in it. Throws RangeError without rows of both labels.
 */
export function gradientBoosting(data: readonly Float64Array[], labels: ArrayLike<number>): (row: Float64Array) => number {
  const ones = Array.from(labels).filter((label) => label === 1).length;
  if (ones === 0 || ones === labels.length || data.length !== labels.length) throw new RangeError('Boosting needs rows of both labels.');
  const weights = Float64Array.from(labels, (label) => labels.length / (2 * (label === 1 ? ones : labels.length - ones)));
  const values = new Float64Array(data.length);
  const all = Array.from(data.keys());
  const trees = Array.from({ length: ROUNDS }, () => {
    const probabilities = values.map(logistic);
    const residuals = Float64Array.from(labels, (label, row) => label - (probabilities[row] as number));
    const leafValue = (rows: readonly number[]): number => {
      const slope = rows.reduce((sum, row) => sum + (weights[row] as number) * (residuals[row] as number), 0);
      const curvature = rows.reduce((sum, row) => sum + (weights[row] as number) * (probabilities[row] as number) * (1 - (probabilities[row] as number)), 0);
      return slope / Math.max(curvature, SMALLEST_CURVATURE);
    };
    const tree = regressionTree(data, residuals, all, { maxDepth: DEPTH, minimumRows: 2, weights, leafValue });
    for (const row of all) values[row] = (values[row] as number) + SHRINKAGE * treeValue(tree, data[row] as Float64Array);
    return tree;
  });
  return (row) => logistic(trees.reduce((sum, tree) => sum + SHRINKAGE * treeValue(tree, row), 0));
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
