import { describe, expect, it } from 'vitest';
import { extremelyRandomizedTrees } from '../../src/statistics/extremely-randomized-trees.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { rocAuc } from '../../src/statistics/roc-auc.ts';

/** Ones where two features have one sign; a third feature is skewed noise, a tenth of the rows are ones. */
function rows(count: number, isLearnable = true) {
  const random = randomSource(2, 'rows');
  const labels = Uint8Array.from({ length: count }, (_, at) => (at % 10 === 0 ? 1 : 0));
  const data = Array.from(labels, (label) => {
    const first = random.normal();
    const size = Math.abs(random.normal());
    const agrees = isLearnable ? label === 1 : random.integer(2) === 0;
    return Float64Array.of(first, agrees === first > 0 ? size : -size, Math.exp(4 * random.normal()));
  });
  return { data, labels };
}

const aucOf = (answers: Float64Array, labels: Uint8Array): number => rocAuc(answers.filter((_, at) => labels[at] === 1), answers.filter((_, at) => labels[at] === 0))?.auc ?? 0;

describe('extremelyRandomizedTrees', () => {
  it('learns what no feature tells alone, out of bag as on new rows', () => {
    const { data, labels } = rows(900);
    const trees = extremelyRandomizedTrees(data.slice(0, 600), labels.slice(0, 600), randomSource(0, 'trees'));

    expect(aucOf(trees.outOfBag, labels.slice(0, 600))).toBeGreaterThan(0.9);
    expect(aucOf(Float64Array.from(data.slice(600), (row) => trees.answer(row)), labels.slice(600))).toBeGreaterThan(0.9);
  });

  it('learns nothing out of bag where there is nothing to learn', () => {
    const { data, labels } = rows(600, false);
    const auc = aucOf(extremelyRandomizedTrees(data, labels, randomSource(0, 'trees')).outOfBag, labels);

    expect(auc).toBeGreaterThan(0.4);
    expect(auc).toBeLessThan(0.6);
  });

  it('asks about infinite values, and finds nothing in a feature that says nothing', () => {
    const data = Array.from({ length: 60 }, (_, at) => Float64Array.of(at % 2 === 0 ? -Infinity : 1, at));
    const labels = Uint8Array.from(data, (_, at) => at % 2);

    expect(extremelyRandomizedTrees(data.map((row) => row.subarray(0, 1)), labels, randomSource(0, 'trees')).answer(Float64Array.of(1))).toBeGreaterThan(0.9);
    expect(aucOf(extremelyRandomizedTrees(data.map((row) => row.subarray(1)), labels, randomSource(0, 'trees')).outOfBag, labels)).toBeLessThan(0.8);
  });

  it('answers the same for the same seed', () => {
    const { data, labels } = rows(100);
    const [one, other] = [0, 1].map(() => extremelyRandomizedTrees(data, labels, randomSource(7, 'trees')).outOfBag);

    expect(one).toEqual(other);
  });

  it('asks for rows of both labels', () => {
    expect(() => extremelyRandomizedTrees([Float64Array.of(1)], [1], randomSource(0, 'trees'))).toThrow(RangeError);
  });
});
