import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadingEnergy } from '../../src/statistics/leading-energy.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { spectralNorm } from '../../src/statistics/spectral-norm.ts';

const squares = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value * value, 0);

describe('leadingEnergy', () => {
  it('gives the shares of a matrix whose singular values are known', () => {
    // diag(3, 2, 1): 9, 4 and 1 of 14.
    const [one, two, three] = leadingEnergy([0, 2, 0, 3, 0, 0, 0, 0, 1], 3, 3, 3);

    expect(one).toBeCloseTo(9 / 14, 3);
    expect(two).toBeCloseTo(13 / 14, 3);
    expect(three).toBeCloseTo(1, 6);
  });

  it('agrees with numpy.linalg.svd on a 4x3 matrix', () => {
    // numpy 1.24.2: s = np.linalg.svd(np.sin(np.arange(12) + 1).reshape(4, 3), compute_uv=False)**2; s / s.sum()
    const [one = 0, two = 0] = leadingEnergy(Array.from({ length: 12 }, (_, at) => Math.sin(at + 1)), 4, 3, 2);

    expect(one).toBeCloseTo(0.977626781, 8);
    expect(two).toBeCloseTo(1, 8);
  });

  it('finds all the energy of an outer product in one direction, up to the rounding of 32-bit floats', () => {
    const random = randomSource(0, 'outer');
    const [left, right] = [Array.from({ length: 30 }, () => random.normal()), Array.from({ length: 50 }, () => random.normal())];
    const outer = Float32Array.from({ length: 1500 }, (_, at) => (left[Math.floor(at / 50)] as number) * (right[at % 50] as number));

    expect(1 - (leadingEnergy(outer, 30, 50, 1)[0] ?? 0)).toBeLessThan(1e-9);
  });

  it('leaves most of the energy of noise outside of two directions', () => {
    const random = randomSource(1, 'noise');
    const noise = Float32Array.from({ length: 64 * 64 }, () => random.normal());

    expect(leadingEnergy(noise, 64, 64, 2)[1]).toBeLessThan(0.15);
  });

  it('gives increasing shares of at most one, never more than the spectral norm allows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 36, maxLength: 36 }), (rows, columns, all) => {
        const values = all.slice(0, rows * columns);
        const [one = 0, two = 0] = leadingEnergy(values, rows, columns, 2);
        const total = squares(values);
        const most = total === 0 ? 0 : (spectralNorm(values, rows, columns) ?? 0) ** 2 / total;

        expect(one).toBeLessThanOrEqual(most + 1e-9);
        expect(one).toBeLessThanOrEqual(two + 1e-12);
        expect(two).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is zero for zeros', () => {
    expect(leadingEnergy(new Float32Array(12), 3, 4, 2)).toEqual([0, 0]);
  });
});
