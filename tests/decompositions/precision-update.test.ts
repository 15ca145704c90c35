import { describe, expect, it } from 'vitest';
import { entry, matrixOf, timesTransposed } from '../../src/decompositions/matrix.ts';
import { positiveDefinite } from '../../src/decompositions/positive-definite.ts';
import { precisionWith, precisionWithout } from '../../src/decompositions/precision-update.ts';
import { randomSource } from '../../src/statistics/random.ts';

describe('precisionWithout, precisionWith', () => {
  it('give what inverting anew gives, for every place', () => {
    const random = randomSource(2, 'covariance');
    const half = matrixOf(6, 20, () => random.normal());
    const covariance = timesTransposed(half, half);
    const precision = positiveDefinite(covariance)?.inverse ?? matrixOf(0, 0);
    for (let k = 0; k < 6; k += 1) {
      const without = precisionWithout(precision, k);
      const others = [0, 1, 2, 3, 4, 5].filter((one) => one !== k);
      const reduced = positiveDefinite(matrixOf(5, 5, (row, column) => entry(covariance, others[row] ?? 0, others[column] ?? 0)))?.inverse ?? matrixOf(0, 0);
      for (const [row, a] of others.entries()) for (const [column, b] of others.entries()) expect(entry(without, a, b)).toBeCloseTo(entry(reduced, row, column), 10);
      expect(entry(without, k, k)).toBe(0);

      const again = precisionWith(without, k, covariance.values.slice(6 * k, 6 * k + 6), entry(covariance, k, k));
      for (const [at, value] of again.values.entries()) expect(value).toBeCloseTo(precision.values[at] ?? NaN, 10);
    }
  });
});
