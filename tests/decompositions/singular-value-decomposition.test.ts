import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixOf, multiply, timesTransposed, transpose } from '../../src/decompositions/matrix.ts';
import { singularValueDecomposition } from '../../src/decompositions/singular-value-decomposition.ts';
import { randomSource } from '../../src/statistics/random.ts';

describe('singularValueDecomposition', () => {
  it('gives the small singular value of Läuchli’s matrix, which the eigenvalues of AᵀA have lost', () => {
    const tiny = 1e-9;
    const { values } = singularValueDecomposition(matrixOf(3, 2, (row, column) => (row === 0 ? 1 : row === column + 1 ? tiny : 0)));

    expect(values[0]).toBeCloseTo(Math.SQRT2, 14);
    expect((values[1] ?? NaN) / tiny).toBeCloseTo(1, 6);
  });

  it('puts any matrix together again, of any rank', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 12 }), fc.integer(), (columns, more, rank, seed) => {
        const random = randomSource(seed, 'matrix');
        const rows = columns + more;
        const inner = Math.min(rank, columns);
        const matrix = multiply(matrixOf(rows, inner, () => random.normal()), matrixOf(inner, columns, () => random.normal()));
        const { left, values, right } = singularValueDecomposition(matrix);

        const again = timesTransposed(matrixOf(rows, columns, (row, column) => (left.values[row * columns + column] ?? NaN) * (values[column] ?? NaN)), right);
        for (const [at, value] of again.values.entries()) expect(Math.abs(value - (matrix.values[at] ?? NaN))).toBeLessThan(1e-11 * (1 + (values[0] ?? 0)));
        for (const [at, value] of multiply(transpose(right), right).values.entries()) expect(Math.abs(value - (at % (columns + 1) === 0 ? 1 : 0))).toBeLessThan(1e-11);
        for (let at = 1; at < columns; at += 1) expect(values[at]).toBeLessThanOrEqual(values[at - 1] ?? NaN);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses matrices that are wider than high, and values that are not finite', () => {
    expect(() => singularValueDecomposition(matrixOf(2, 3))).toThrow(/transpose/);
    expect(() => singularValueDecomposition(matrixOf(2, 2, () => Infinity))).toThrow(/finite/);
  });
});
