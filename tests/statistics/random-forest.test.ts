import { describe, expect, it } from 'vitest';
import { randomForest } from '../../src/statistics/random-forest.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { rocAuc } from '../../src/statistics/roc-auc.ts';

function rows(count: number, seed: number): { readonly data: readonly Float64Array[]; readonly labels: readonly number[] } {
  const random = randomSource(seed, 'rows');
  const data = Array.from({ length: count }, () => Float64Array.from({ length: 6 }, () => random.normal()));
  // The second feature alone, and two others only together.
  return { data, labels: data.map((row) => ((row[1] as number) > 0.2 || (row[3] as number) * (row[4] as number) > 1 ? 1 : 0)) };
}

describe('randomForest', () => {
  it('learns what two features say together, and ranks rows it has not seen', () => {
    const [seen, fresh] = [rows(300, 1), rows(200, 2)];
    const answer = randomForest(seen.data, seen.labels, randomSource(0, 'forest'));
    const answers = fresh.data.map(answer);

    const auc = rocAuc(answers.filter((_, at) => fresh.labels[at] === 1), answers.filter((_, at) => fresh.labels[at] === 0));
    expect(auc?.auc).toBeGreaterThan(0.95);
    expect(answers.every((one) => one >= 0 && one <= 1)).toBe(true);
  });

  it('answers one half on average where there is nothing to learn, however rare a label is', () => {
    const random = randomSource(3, 'noise');
    const data = Array.from({ length: 60 }, () => Float64Array.from({ length: 4 }, () => random.normal()));
    const answer = randomForest(data, data.map((_, at) => (at < 6 ? 1 : 0)), randomSource(0, 'forest'));
    const fresh = Array.from({ length: 200 }, () => answer(Float64Array.from({ length: 4 }, () => random.normal())));

    const mean = fresh.reduce((sum, value) => sum + value, 0) / fresh.length;
    // Without balance the answer would be the share of ones, 0.1.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.1);
  });

  it('gives the same forest for the same seed and refuses rows of one label', () => {
    const { data, labels } = rows(40, 4);
    const probe = data[0] as Float64Array;

    expect(randomForest(data, labels, randomSource(5, 'forest'))(probe)).toBe(randomForest(data, labels, randomSource(5, 'forest'))(probe));
    expect(() => randomForest(data, labels.map(() => 0), randomSource(5, 'forest'))).toThrow(/both labels/);
  });
});
