import type { RandomSource } from './random.ts';

/** Beyond some hundreds of trees the answers do not move. */
const TREES = 200;

/** Rows of either label that a tree is grown on at most: more make each tree slower and the trees more alike, and the answers hardly better. */
const MOST_ROWS = 256;

/** Rows a node has at least to be divided: smaller leaves follow single wrong labels. */
const LEAST_DIVIDED = 5;

/** Questions drawn at a node for each root of the number of features: a column may need more than one try to be asked at the right place. */
const QUESTIONS_PER_ROOT = 3;

export interface Trees {
  /** Mean share of ones in the leaves that a row falls into, in [0, 1]. */
  answer(row: Float64Array): number;
  /** The same for each row the trees were grown on, by the trees only that have not seen it. */
  readonly outOfBag: Float64Array;
}

/** A tree as lists of its nodes: a question `feature` ≤ `split` that leads to `left` or the node after it, or a leaf where `feature` is −1. */
interface FlatTree {
  readonly feature: Int32Array;
  readonly split: Float64Array;
  readonly left: Int32Array;
  readonly value: Float64Array;
}

/**
 * Extremely randomized trees (Geurts, Ernst, Wehenkel, Machine Learning 63, 2006), each on a bootstrap with as many rows of either label, so that the
 * rows left out can be judged without refitting (Breiman, Out-of-Bag Estimation, 1996). Places to ask at are drawn from the rows of the node: they follow
 * the distribution of a feature however skewed it is. Infinite values are legal. `labels` are 0 or 1, one a row of `data`. Throws RangeError without rows of both labels.
 */
export function extremelyRandomizedTrees(data: readonly Float64Array[], labels: ArrayLike<number>, random: RandomSource): Trees {
  const kinds = [0, 1].map((kind) => Array.from(data.keys()).filter((row) => labels[row] === kind));
  if (kinds.some(({ length }) => length === 0) || data.length !== labels.length) throw new RangeError('Trees are grown on rows of both labels.');
  const size = Math.min(MOST_ROWS, ...kinds.map(({ length }) => length));
  const [sums, counts] = [new Float64Array(data.length), new Int32Array(data.length)];
  const trees = Array.from({ length: TREES }, () => {
    const drawn = kinds.flatMap((kind) => Array.from({ length: size }, () => kind[random.integer(kind.length)] as number));
    const tree = grow(data, labels, Int32Array.from(drawn), random);
    const isDrawn = new Set(drawn);
    for (let row = 0; row < data.length; row += 1) {
      if (isDrawn.has(row)) continue;
      sums[row] = (sums[row] as number) + valueAt(tree, data[row] as Float64Array);
      counts[row] = (counts[row] as number) + 1;
    }
    return tree;
  });
  return {
    answer: (row) => trees.reduce((sum, tree) => sum + valueAt(tree, row), 0) / trees.length,
    outOfBag: sums.map((sum, row) => (counts[row] === 0 ? 0.5 : sum / (counts[row] as number))),
  };
}

function grow(data: readonly Float64Array[], labels: ArrayLike<number>, rows: Int32Array, random: RandomSource): FlatTree {
  const nodes: { feature: number; split: number; left: number; readonly value: number }[] = [];
  const open = (from: number, to: number): number => nodes.push({ feature: -1, split: 0, left: -1, value: onesIn(labels, rows, from, to) / (to - from) }) - 1;
  const waiting = [{ at: open(0, rows.length), from: 0, to: rows.length }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { at, from, to } = next;
    const node = nodes[at];
    if (node === undefined || to - from < LEAST_DIVIDED || node.value === 0 || node.value === 1) continue;
    const question = drawnQuestion(data, labels, rows, { from, to, random });
    if (question === undefined) continue;
    const middle = divide(data, rows, from, to, question);
    const left = open(from, middle);
    open(middle, to);
    Object.assign(node, question, { left });
    waiting.push({ at: left, from, to: middle }, { at: left + 1, from: middle, to });
  }
  return {
    feature: Int32Array.from(nodes, (node) => node.feature), split: Float64Array.from(nodes, (node) => node.split),
    left: Int32Array.from(nodes, (node) => node.left), value: Float64Array.from(nodes, (node) => node.value),
  };
}

interface Question {
  readonly feature: number;
  readonly split: number;
}

interface NodeRows {
  /** Places in the list of rows. */
  readonly from: number;
  readonly to: number;
  readonly random: RandomSource;
}

/** Of some drawn questions the one that lowers Gini's index most; undefined where none divides the rows. */
function drawnQuestion(data: readonly Float64Array[], labels: ArrayLike<number>, rows: Int32Array, { from, to, random }: NodeRows): Question | undefined {
  const [size, features] = [to - from, data[0]?.length ?? 0];
  const ones = onesIn(labels, rows, from, to);
  const valueOf = (at: number, feature: number): number => data[rows[at] as number]?.[feature] as number;
  let best: (Question & { readonly gain: number }) | undefined;
  for (let drawn = Math.ceil(QUESTIONS_PER_ROOT * Math.sqrt(features)); drawn > 0; drawn -= 1) {
    const feature = random.integer(features);
    const [one, other] = [valueOf(from + random.integer(size), feature), valueOf(from + random.integer(size), feature)];
    if (one === other) continue;
    const split = Number.isFinite(one) && Number.isFinite(other) ? one / 2 + other / 2 : Math.min(one, other);
    let [below, onesBelow] = [0, 0];
    for (let at = from; at < to; at += 1) {
      if (valueOf(at, feature) > split) continue;
      below += 1;
      onesBelow += labels[rows[at] as number] as number;
    }
    if (below === 0 || below === size) continue;
    const gain = onesBelow ** 2 / below + (ones - onesBelow) ** 2 / (size - below);
    if (best === undefined || gain > best.gain) best = { feature, split, gain };
  }
  return best === undefined ? undefined : { feature: best.feature, split: best.split };
}

/** Brings the rows that go left to the front, and answers where the others begin. */
function divide(data: readonly Float64Array[], rows: Int32Array, from: number, to: number, { feature, split }: Question): number {
  let middle = from;
  for (let at = from; at < to; at += 1) {
    const row = rows[at] as number;
    if ((data[row]?.[feature] as number) > split) continue;
    rows[at] = rows[middle] as number;
    rows[middle] = row;
    middle += 1;
  }
  return middle;
}

function onesIn(labels: ArrayLike<number>, rows: Int32Array, from: number, to: number): number {
  let ones = 0;
  for (let at = from; at < to; at += 1) ones += labels[rows[at] as number] as number;
  return ones;
}

function valueAt({ feature, split, left, value }: FlatTree, row: Float64Array): number {
  let node = 0;
  while ((feature[node] as number) >= 0) node = (left[node] as number) + ((row[feature[node] as number] as number) <= (split[node] as number) ? 0 : 1);
  return value[node] as number;
}
