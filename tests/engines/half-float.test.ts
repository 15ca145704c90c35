import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHalfFloatBits, toHalfFloatBits } from '../../src/engines/half-float.ts';

describe('half floats', () => {
  it('every one of the 65,536 survives the way to a number and back', () => {
    const all = Array.from({ length: 0x1_0000 }, (_, bits) => bits);
    const isNaNBits = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;

    const lost = all.filter((bits) => {
      const back = toHalfFloatBits(fromHalfFloatBits(bits));
      return isNaNBits(bits) ? !isNaNBits(back) : back !== bits;
    });

    expect(lost).toEqual([]);
  });

  it.each([
    [1, 0x3c00], [-2, 0xc000], [65_504, 0x7bff], [65_519, 0x7bff], [65_520, 0x7c00], [1e10, 0x7c00], [-Infinity, 0xfc00],
    [2 ** -24, 0x0001], [2 ** -25, 0x0000], [2 ** -25 * 1.0001, 0x0001], [2 ** -14, 0x0400], [-0, 0x8000],
    // Halfway between two neighbours goes to the even one.
    [1 + 2 ** -11, 0x3c00], [1 + 3 * 2 ** -11, 0x3c02],
  ])('%d is 0x%s', (number, bits) => {
    expect(toHalfFloatBits(number)).toBe(bits);
  });

  it('is the nearest half float of every number in range', () => {
    fc.assert(
      fc.property(fc.float({ min: -65_504, max: 65_504, noNaN: true }), (number) => {
        const bits = toHalfFloatBits(number);
        const error = Math.abs(fromHalfFloatBits(bits) - number);
        const neighbours = [bits - 1, bits + 1].filter((one) => one >= 0 && (one & 0x7c00) !== 0x7c00).map(fromHalfFloatBits);
        return neighbours.every((one) => error <= Math.abs(one - number));
      }),
    );
  });
});
