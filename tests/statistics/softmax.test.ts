import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argmax, softmax } from '../../src/statistics/softmax.ts';

describe('softmax', () => {
  it('gives what numpy gives, without overflow', () => {
    const probabilities = softmax([2, -1, 0.5, 700, 699]);

    expect(probabilities[3]).toBeCloseTo(0.7310585786300049, 12);
    expect(probabilities[4]).toBeCloseTo(0.26894142136999516, 12);
    expect(probabilities[0]).toBeLessThan(1e-300);
  });

  it('sums to one for any finite logits, also far apart', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 }), (logits) => {
        expect(softmax(logits).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('does not hide a NaN', () => {
    expect([...softmax([1, NaN])].some(Number.isNaN)).toBe(true);
  });
});

describe('argmax', () => {
  it('is the first of the largest', () => {
    expect(argmax([1, 3, 3, 2])).toBe(1);
    expect(argmax([-Infinity, -5])).toBe(1);
  });

  it('is undefined for nothing and for values that are not numbers', () => {
    expect(argmax([])).toBeUndefined();
    expect(argmax([1, NaN, 2])).toBeUndefined();
  });
});
