import { describe, expect, it } from 'vitest';
import { ridgeLogistic } from '../../src/decompositions/ridge-logistic.ts';
import { WAVE_COLUMNS, waveRows, waveTable } from '../support/wave-table.ts';

describe('ridgeLogistic', () => {
  it.each([
    { rows: 40, expected: [-0.5485043009446874, -0.6308325957712693, -0.6435571011823928] },
    { rows: 37, expected: [-0.4347216888234303, -0.5756235205259121, -0.6220269233761433] },
  ])('finds the optimum that scikit-learn finds in $rows rows', ({ rows, expected }) => {
    const table = waveTable();
    const fit = ridgeLogistic(table.subarray(0, rows * WAVE_COLUMNS), WAVE_COLUMNS, waveRows.slice(0, rows).map((row) => row % 3 === 0), 2);

    // LogisticRegression(C=0.5).fit(StandardScaler().fit_transform(table[:rows]), np.arange(rows) % 3 == 0).decision_function(...)[:3]
    expected.forEach((value, row) => expect(fit.logOdds(table, row * WAVE_COLUMNS)).toBeCloseTo(value, 4));
  });

  it('stays finite where the groups are apart, and where a column does not vary', () => {
    const table = Float32Array.from([0, 1, 0, 1, 5, 1, 5, 1]);

    expect(ridgeLogistic(table, 2, [false, false, true, true], 0.1).logOdds(table, 4)).toBeGreaterThan(1);
  });
});
