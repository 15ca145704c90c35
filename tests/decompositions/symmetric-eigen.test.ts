import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entry, identity, matrixOf, multiply, timesTransposed, transpose } from '../../src/decompositions/matrix.ts';
import { symmetricEigen } from '../../src/decompositions/symmetric-eigen.ts';
import { randomSource } from '../../src/statistics/random.ts';

describe('symmetricEigen', () => {
  it('gives the eigenvalues of the Hilbert matrix of order three', () => {
    const { values } = symmetricEigen(matrixOf(3, 3, (row, column) => 1 / (row + column + 1)));

    // MATLAB: eig(hilb(3)), flipped.
    expect(values[0]).toBeCloseTo(1.408318927123654, 13);
    expect(values[1]).toBeCloseTo(0.122327065853906, 13);
    expect(values[2]).toBeCloseTo(0.002687340355773, 13);
  });

  it('takes any symmetric matrix apart and puts it together again, equal and zero eigenvalues included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 0, max: 24 }), fc.integer(), (side, rank, seed) => {
        const random = randomSource(seed, 'matrix');
        const half = matrixOf(side, Math.min(rank, side), () => Math.round(3 * random.normal()));
        const matrix = timesTransposed(half, half);
        const { values, vectors } = symmetricEigen(matrix);

        const scale = 1 + Math.abs(values[0] ?? 0);
        const again = multiply(multiply(vectors, matrixOf(side, side, (row, column) => (row === column ? (values[row] ?? NaN) : 0))), transpose(vectors));
        for (const [at, value] of again.values.entries()) expect(Math.abs(value - (matrix.values[at] ?? NaN))).toBeLessThan(1e-11 * scale);
        const inner = multiply(transpose(vectors), vectors);
        for (const [at, value] of inner.values.entries()) expect(Math.abs(value - (identity(side).values[at] ?? NaN))).toBeLessThan(1e-11);
        for (let at = 1; at < side; at += 1) expect(values[at]).toBeLessThanOrEqual(values[at - 1] ?? NaN);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses what has no eigenvalues', () => {
    expect(() => symmetricEigen(matrixOf(2, 3))).toThrow(/2 by 3/);
    expect(() => symmetricEigen(matrixOf(2, 2, () => NaN))).toThrow(/finite/);
    expect(entry(symmetricEigen(matrixOf(1, 1, () => -4)).vectors, 0, 0)).toBe(1);
  });
});
