import { describe, expect, it } from 'vitest';
import { gradientBoosting } from '../../src/statistics/gradient-boosting.ts';
import { knownLabels, knownRows } from './known-rows.ts';

describe('gradientBoosting', () => {
  it('gives scikit-learn’s probabilities', () => {
    const answer = gradientBoosting(knownRows, knownLabels);

    // scikit-learn 1.2.1: GradientBoostingClassifier(init='zero', learning_rate=0.1, n_estimators=100, max_depth=2,
    // min_samples_leaf=2, criterion='squared_error'), weights n / (2 · rows of the label); its features are 32-bit numbers.
    const known = [0.994289, 0.012756, 0.012093, 0.993322, 0.013781, 0.007095, 0.98584, 0.00471];
    for (const [row, probability] of known.entries()) expect(answer(knownRows[row] as Float64Array)).toBeCloseTo(probability, 3);
  });

  it('refuses rows of one label', () => {
    expect(() => gradientBoosting(knownRows, knownRows.map(() => 1))).toThrow(/both labels/);
  });
});
