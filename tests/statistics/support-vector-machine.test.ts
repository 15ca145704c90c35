import { describe, expect, it } from 'vitest';
import { supportVectorMachine } from '../../src/statistics/support-vector-machine.ts';
import { knownLabels, knownRows } from './known-rows.ts';

describe('supportVectorMachine', () => {
  it('gives scikit-learn’s decision values', () => {
    const answer = supportVectorMachine(knownRows, knownLabels);

    // scikit-learn 1.2.1: SVC(C=1, gamma=1/3, class_weight='balanced', tol=1e-8) on standardized features.
    const known = [1, -0.07978, -1, 0.00094, -0.306, 0.1806, 1, -1];
    for (const [row, decision] of known.entries()) {
      const given = answer(knownRows[row] as Float64Array);
      expect(Math.log(given / (1 - given)) / 2).toBeCloseTo(decision, 3);
    }
  });

  it('does not see a feature that never varies, and refuses rows of one label', () => {
    const withConstant = knownRows.map((row) => Float64Array.of(...row, 7));
    const answer = supportVectorMachine(withConstant, knownLabels);

    expect(answer(Float64Array.of(...(knownRows[0] as Float64Array), 7))).toBe(answer(Float64Array.of(...(knownRows[0] as Float64Array), 1e6)));
    expect(() => supportVectorMachine(knownRows, knownRows.map(() => 0))).toThrow(/both labels/);
  });
});
