import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resize } from '../../../src/datasets/images/resize.ts';
import { fixtureJson } from '../fixture-files.ts';

interface Reference {
  readonly width: number;
  readonly height: number;
  readonly values: readonly number[];
}

const side = fc.integer({ min: 1, max: 40 });

describe('resize', () => {
  const reference = fixtureJson<Reference & { readonly cases: readonly Reference[] }>('datasets', 'resize.json');

  it.each(reference.cases)('agrees with Pillow’s bilinear filter at $width x $height', ({ width, height, values }) => {
    const source = { width: reference.width, height: reference.height, channels: 1, values: Float32Array.from(reference.values) };

    const resized = resize(source, width, height);

    const worst = resized.values.reduce((most, value, index) => Math.max(most, Math.abs(value - (values[index] ?? Number.NaN))), 0);
    expect(resized.values.length).toBe(values.length);
    expect(worst).toBeLessThan(2e-6);
  });

  it('keeps a constant picture constant', () => {
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom(1, 3), fc.float({ min: 0, max: 1, noNaN: true }), (width, height, toWidth, toHeight, channels, value) => {
        const image = { width, height, channels, values: new Float32Array(width * height * channels).fill(value) };
        const resized = resize(image, toWidth, toHeight);
        expect([resized.width, resized.height, resized.values.length]).toEqual([toWidth, toHeight, toWidth * toHeight * channels]);
        for (const got of resized.values) expect(got).toBeCloseTo(value, 6);
      }),
      { seed: 2 },
    );
  });

  it('stays within the range of the picture', () => {
    fc.assert(
      fc.property(side, side, side, side, fc.integer(), (width, height, toWidth, toHeight, seed) => {
        const values = Float32Array.from({ length: width * height }, (_, index) => ((index * 7919 + seed) % 1009 + 1009) % 1009 / 1009);
        const [low, high] = [Math.min(...values), Math.max(...values)];
        for (const value of resize({ width, height, channels: 1, values }, toWidth, toHeight).values) {
          expect(value).toBeGreaterThanOrEqual(low - 1e-6);
          expect(value).toBeLessThanOrEqual(high + 1e-6);
        }
      }),
      { seed: 3 },
    );
  });

  it('uses every source pixel when it shrinks', () => {
    const values = Float32Array.from({ length: 64 }, (_, index) => (index === 27 ? 1 : 0));

    const [value] = resize({ width: 8, height: 8, channels: 1, values }, 1, 1).values;

    expect(value).toBeGreaterThan(0);
  });

  it('keeps channels apart', () => {
    const values = Float32Array.from({ length: 4 * 4 * 3 }, (_, index) => (index % 3) / 2);

    const resized = resize({ width: 4, height: 4, channels: 3, values }, 3, 5);

    for (const [index, value] of resized.values.entries()) expect(value).toBeCloseTo((index % 3) / 2, 6);
  });
});
