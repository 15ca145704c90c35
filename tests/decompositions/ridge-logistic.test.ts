import { describe, expect, it } from 'vitest';
import { ridgeLogistic } from '../../src/decompositions/ridge-logistic.ts';
import { WAVE_COLUMNS, waveRows, waveTable } from '../support/wave-table.ts';

describe('ridgeLogistic', () => {
  it('finds the optimum that scikit-learn finds', () => {
    const table = waveTable();
    const fit = ridgeLogistic(table, WAVE_COLUMNS, waveRows.map((row) => row % 3 === 0), 2);

    // LogisticRegression(C=0.5).fit(StandardScaler().fit_transform(table), rows % 3 == 0).decision_function(...)[:3]
    [-0.5485043009446874, -0.6308325957712693, -0.6435571011823928].forEach((value, row) => expect(fit.logOdds(table, row * WAVE_COLUMNS)).toBeCloseTo(value, 4));
  });

  it('stays finite where the groups are apart, and where a column does not vary', () => {
    const table = Float32Array.from([0, 1, 0, 1, 5, 1, 5, 1]);

    expect(ridgeLogistic(table, 2, [false, false, true, true], 0.1).logOdds(table, 4)).toBeGreaterThan(1);
  });
});
