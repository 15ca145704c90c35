import type { RandomSource } from './random.ts';

/** A leaf, or a question: values of `feature` up to `split` go left. */
export type RegressionTree =
  | { readonly value: number }
  | { readonly feature: number; readonly split: number; readonly left: RegressionTree; readonly right: RegressionTree };

export interface RegressionTreeOptions {
  readonly maxDepth: number;
  /** Rows a leaf has at least. */
  readonly minimumRows: number;
  /** How many features, drawn anew for every question, may be asked about; all of them without a source of chance. */
  readonly featuresPerSplit?: { readonly count: number; readonly random: RandomSource };
  /** What each row counts, one a row of the data; default: one. */
  readonly weights?: ArrayLike<number>;
  /** What a leaf answers; default: the weighted mean of its rows' targets. */
  readonly leafValue?: (rows: readonly number[]) => number;
}

/**
 * Grows a tree on the rows named by `rows` (repetitions count) that lowers the squared error of `targets` most with every
 * question (Breiman, Friedman, Olshen, Stone, Classification and Regression Trees, 1984); for targets of 0 and 1 that is
 * Gini's index. Of equally good questions the first feature's lowest split wins.
 */
export function regressionTree(data: readonly Float64Array[], targets: ArrayLike<number>, rows: readonly number[], options: RegressionTreeOptions): RegressionTree {
  const leaf = (some: readonly number[]): RegressionTree => ({ value: options.leafValue?.(some) ?? meanOf(targets, some, options.weights) });
  const grow = (some: readonly number[], depth: number): RegressionTree => {
    if (depth >= options.maxDepth || some.length < 2 * options.minimumRows || isConstant(targets, some)) return leaf(some);
    const best = bestQuestion(data, targets, some, options);
    if (best === undefined) return leaf(some);
    const goesLeft = (row: number): boolean => (data[row]?.[best.feature] as number) <= best.split;
    return { ...best, left: grow(some.filter(goesLeft), depth + 1), right: grow(some.filter((row) => !goesLeft(row)), depth + 1) };
  };
  return grow(rows, 0);
}

/** What the tree answers for a row of features. */
export function treeValue(tree: RegressionTree, row: Float64Array): number {
  let at = tree;
  while ('left' in at) at = (row[at.feature] as number) <= at.split ? at.left : at.right;
  return at.value;
}

function bestQuestion(data: readonly Float64Array[], targets: ArrayLike<number>, rows: readonly number[], options: RegressionTreeOptions): { feature: number; split: number } | undefined {
  const width = data[0]?.length ?? 0;
  const all = Array.from({ length: width }, (_, feature) => feature);
  const draw = options.featuresPerSplit;
  const features = draw === undefined ? all : draw.random.shuffle(all);
  const weightOf = (row: number): number => options.weights?.[row] ?? 1;
  const total = rows.reduce((sum, row) => sum + weightOf(row) * (targets[row] as number), 0);
  const mass = rows.reduce((sum, row) => sum + weightOf(row), 0);
  let best: { feature: number; split: number; gain: number } | undefined;
  for (const [place, feature] of features.entries()) {
    // As in Breiman's program: when no drawn feature divides the rows, further ones are drawn.
    if (draw !== undefined && place >= draw.count && best !== undefined) break;
    const sorted = [...rows].sort((left, right) => (data[left]?.[feature] as number) - (data[right]?.[feature] as number));
    let [sum, leftMass] = [0, 0];
    for (let at = 0; at < sorted.length - 1; at += 1) {
      const row = sorted[at] as number;
      sum += weightOf(row) * (targets[row] as number);
      leftMass += weightOf(row);
      const [here, next] = [data[row]?.[feature] as number, data[sorted[at + 1] as number]?.[feature] as number];
      if (here === next || at + 1 < options.minimumRows || sorted.length - at - 1 < options.minimumRows) continue;
      const gain = (sum * sum) / leftMass + ((total - sum) * (total - sum)) / (mass - leftMass);
      if (best === undefined || gain > best.gain) best = { feature, split: here + (next - here) / 2, gain };
    }
  }
  return best === undefined ? undefined : { feature: best.feature, split: best.split };
}

function isConstant(targets: ArrayLike<number>, rows: readonly number[]): boolean {
  return rows.every((row) => targets[row] === targets[rows[0] as number]);
}

function meanOf(targets: ArrayLike<number>, rows: readonly number[], weights: ArrayLike<number> | undefined): number {
  let [sum, mass] = [0, 0];
  for (const row of rows) {
    const weight = weights?.[row] ?? 1;
    sum += weight * (targets[row] as number);
    mass += weight;
  }
  return sum / mass;
}
