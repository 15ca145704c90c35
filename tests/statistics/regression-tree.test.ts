import { describe, expect, it } from 'vitest';
import { regressionTree, treeValue } from '../../src/statistics/regression-tree.ts';

const data = [[1, 0], [2, 0], [3, 1], [4, 1], [5, 0], [6, 1]].map((row) => Float64Array.from(row));
const all = [0, 1, 2, 3, 4, 5];

describe('regressionTree', () => {
  it('asks the question that lowers the squared error most, halfway between two values', () => {
    const tree = regressionTree(data, [0, 0, 0, 0, 1, 1], all, { maxDepth: 1, minimumRows: 1 });

    expect(tree).toEqual({ feature: 0, split: 4.5, left: { value: 0 }, right: { value: 1 } });
    expect(treeValue(tree, Float64Array.of(4.5, 9))).toBe(0);
    expect(treeValue(tree, Float64Array.of(4.6, 9))).toBe(1);
  });

  it('answers every row with its own target when it may grow, and with the mean when it may not', () => {
    const targets = [3, 1, 4, 1, 5, 9];
    const grown = regressionTree(data, targets, all, { maxDepth: Infinity, minimumRows: 1 });

    for (const row of all) expect(treeValue(grown, data[row] ?? new Float64Array(2))).toBe(targets[row]);
    expect(regressionTree(data, targets, all, { maxDepth: 0, minimumRows: 1 })).toEqual({ value: 23 / 6 });
    expect(regressionTree(data, targets, all, { maxDepth: 9, minimumRows: 4 })).toEqual({ value: 23 / 6 });
  });

  it('counts weights and repetitions alike', () => {
    const weighted = regressionTree(data, [0, 1, 0, 1, 1, 0], all, { maxDepth: 2, minimumRows: 1, weights: [2, 1, 1, 3, 1, 1] });
    const repeated = regressionTree(data, [0, 1, 0, 1, 1, 0], [0, 0, 1, 2, 3, 3, 3, 4, 5], { maxDepth: 2, minimumRows: 1 });

    expect(repeated).toEqual(weighted);
  });

  it('asks nothing where no feature divides the rows', () => {
    expect(regressionTree([Float64Array.of(1), Float64Array.of(1)], [0, 1], [0, 1], { maxDepth: 3, minimumRows: 1 })).toEqual({ value: 0.5 });
  });
});
