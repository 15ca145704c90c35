import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/statistics/random.ts';
import { spectralNorm } from '../../src/statistics/spectral-norm.ts';

describe('spectralNorm', () => {
  // Worked out by hand: the square root of the largest eigenvalue of M·Mᵀ.
  it.each([
    { matrix: [[3, 0], [0, 4]], norm: 4, because: 'a diagonal matrix stretches by its largest entry' },
    { matrix: [[3, 0], [4, 5]], norm: Math.sqrt(45), because: 'M·Mᵀ = [[9, 12], [12, 41]] has trace 50 and determinant 225: eigenvalues 45 and 5' },
    { matrix: [[1, 1], [1, 1]], norm: 2, because: 'rank one: the product of the lengths, √2 · √2' },
    { matrix: [[0, -7], [0, 0]], norm: 7, because: 'a nilpotent matrix has no eigenvalue but zero and still stretches' },
    { matrix: [[3, 2, 2], [2, 3, -2]], norm: 5, because: 'M·Mᵀ = [[17, 8], [8, 17]] has eigenvalues 25 and 9' },
    { matrix: [[3, 2], [2, 3], [2, -2]], norm: 5, because: 'the transpose stretches as much' },
    { matrix: [[2, -1, 0], [-1, 2, -1], [0, -1, 2]], norm: 2 + Math.SQRT2, because: 'the second difference of three points has eigenvalues 2 and 2 ± √2' },
    { matrix: [[1, 0, 0], [0, 0, 2], [0, 3, 0]], norm: 3, because: 'a scaled permutation' },
    { matrix: [[3, 4]], norm: 5, because: 'a row stretches by its length' },
    { matrix: [[3], [4]], norm: 5, because: 'so does a column' },
    { matrix: [[-6]], norm: 6, because: 'a number stretches by its size' },
  ])('of $matrix is $norm: $because', ({ matrix, norm }) => {
    expect(spectralNorm(matrix.flat(), matrix.length, matrix[0]?.length ?? 0)).toBeCloseTo(norm, 12);
  });

  it('is what no vector is stretched beyond, and some vector almost', () => {
    const random = randomSource(0, 'matrix');
    for (const [rows, columns] of [[5, 9], [9, 5], [12, 12]] as const) {
      const matrix = Float64Array.from({ length: rows * columns }, () => random.normal());
      const norm = spectralNorm(matrix, rows, columns) ?? NaN;
      let vector = Float64Array.from({ length: columns }, () => random.normal());
      let stretch = 0;
      for (let step = 0; step < 2000; step += 1) {
        const length = Math.hypot(...vector);
        const unit = vector.map((value) => value / length);
        const image = Float64Array.from({ length: rows }, (_, row) => unit.reduce((sum, value, column) => sum + value * (matrix[row * columns + column] as number), 0));
        stretch = Math.hypot(...image);
        expect(stretch).toBeLessThanOrEqual(norm * (1 + 1e-12));
        vector = Float64Array.from({ length: columns }, (_, column) => image.reduce((sum, value, row) => sum + value * (matrix[row * columns + column] as number), 0));
      }
      expect(stretch).toBeCloseTo(norm, 8);
    }
  });

  it('neither overflows nor vanishes', () => {
    expect(spectralNorm([3e200, 0, 4e200, 5e200], 2, 2)).toBeCloseTo(Math.sqrt(45) * 1e200, -190);
    expect((spectralNorm([3e-200, 0, 4e-200, 5e-200], 2, 2) ?? NaN) / 1e-200).toBeCloseTo(Math.sqrt(45), 10);
  });

  it('of zeros and of nothing is zero', () => {
    expect(spectralNorm(new Float32Array(6), 2, 3)).toBe(0);
    expect(spectralNorm([], 0, 3)).toBe(0);
  });

  it.each([NaN, Infinity, -Infinity])('is undefined, and not NaN, where a value is %d or missing', (value) => {
    expect(spectralNorm([1, value, 2, 3], 2, 2)).toBeUndefined();
    expect(spectralNorm([1, 2, 3], 2, 2)).toBeUndefined();
  });
});
