import { describe, expect, it } from 'vitest';
import { matrixOf, multiply, timesTransposed } from '../../src/decompositions/matrix.ts';
import { positiveDefinite, solveManyPositiveDefinite, solvePositiveDefinite } from '../../src/decompositions/positive-definite.ts';
import { randomSource } from '../../src/statistics/random.ts';

describe('positiveDefinite', () => {
  it('gives inverse and determinant of the Hilbert matrix of order three', () => {
    const found = positiveDefinite(matrixOf(3, 3, (row, column) => 1 / (row + column + 1)));

    // Both are known exactly: det = 1 / 2160, and the inverse holds whole numbers.
    expect(Math.exp(found?.logDeterminant ?? NaN)).toBeCloseTo(1 / 2160, 15);
    expect(Array.from(found?.inverse.values ?? [], Math.round)).toEqual([9, -36, 30, -36, 192, -180, 30, -180, 180]);
  });

  it('solves equations of random matrices', () => {
    const random = randomSource(1, 'matrix');
    const half = matrixOf(9, 12, () => random.normal());
    const matrix = timesTransposed(half, half);
    const x = Float64Array.from({ length: 9 }, () => random.normal());
    const right = multiply(matrix, { rows: 9, columns: 1, values: x }).values;

    for (const [at, value] of (solvePositiveDefinite(matrix, right) ?? []).entries()) expect(value).toBeCloseTo(x[at] ?? NaN, 8);
  });

  it('solves for several right sides as for each alone', () => {
    const matrix = matrixOf(3, 3, (row, column) => 1 / (row + column + 1));
    const rights = [[1, 0, 2], [0, 1, -1]];

    expect(solveManyPositiveDefinite(matrix, rights)).toEqual(rights.map((right) => solvePositiveDefinite(matrix, right)));
    expect(() => solveManyPositiveDefinite(matrix, [[1]])).toThrow(RangeError);
  });

  it('says so when a matrix is not positive definite', () => {
    expect(positiveDefinite(matrixOf(2, 2, () => 1))).toBeUndefined();
    expect(positiveDefinite(matrixOf(2, 2, () => NaN))).toBeUndefined();
    expect(solvePositiveDefinite(matrixOf(1, 1, () => -1), [1])).toBeUndefined();
  });
});
