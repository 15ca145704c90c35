import type { RandomSource } from './random.ts';
import { regressionTree, treeValue } from './regression-tree.ts';

/** Beyond some hundreds of trees the votes do not move. */
const TREES = 200;

/**
 * Random forest (Breiman, Machine Learning 45, 2001): trees grown to the end, each on rows drawn with replacement, as many of either
 * label as the rarer one has (Chen, Liaw, Breiman, Using Random Forest to Learn Imbalanced Data, 2004), each question chosen
 * among √features drawn ones. `labels` are 0 or 1, one a row of `data`. The answer for a row is the mean
 * share of ones in the leaves it falls into, in [0, 1]. Throws RangeError without rows of both labels.
 */
export function randomForest(data: readonly Float64Array[], labels: ArrayLike<number>, random: RandomSource): (row: Float64Array) => number {
  const kinds = [0, 1].map((kind) => Array.from(data.keys()).filter((row) => labels[row] === kind));
  if (kinds.some(({ length }) => length === 0) || data.length !== labels.length) throw new RangeError('A forest is grown on rows of both labels.');
  const least = Math.min(...kinds.map(({ length }) => length));
  const count = Math.max(1, Math.round(Math.sqrt(data[0]?.length ?? 0)));
  const trees = Array.from({ length: TREES }, () => {
    // Drawn from all rows alike, a forest that has learned nothing answers with the share of ones among the rows it was
    // given, and leaving out a one lowers that share: cross-validation would find the ones by their low answers.
    const rows = kinds.flatMap((kind) => Array.from({ length: least }, () => kind[random.integer(kind.length)] as number));
    return regressionTree(data, labels, rows, { maxDepth: Infinity, minimumRows: 1, featuresPerSplit: { count, random } });
  });
  return (row) => trees.reduce((sum, tree) => sum + treeValue(tree, row), 0) / trees.length;
}
