import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anomalyIndexes } from '../../src/statistics/anomaly-index.ts';

describe('anomalyIndexes', () => {
  it('is the distance from the median in units of 1.4826 MAD', () => {
    const values = [1, 2, 3, 4, 100];

    expect([...(anomalyIndexes(values, 'upper') ?? [])]).toEqual([-2, -1, 0, 1, 97].map((distance) => expect.closeTo(distance / 1.4826, 10)));
    expect(anomalyIndexes(values, 'lower')?.[4]).toBeCloseTo(-97 / 1.4826, 10);
    expect(anomalyIndexes(values, 'both')?.[0]).toBeCloseTo(2 / 1.4826, 10);
  });

  it('is undefined, and not small, when half of the values are the same', () => {
    expect(anomalyIndexes([1, 1, 1, 1, 50], 'both')).toBeUndefined();
    expect(anomalyIndexes([0, 0, 0, 0, 0], 'both')).toBeUndefined();
  });

  it('is undefined for fewer than five values and for values that are not finite', () => {
    expect(anomalyIndexes([1, 2, 3, 400], 'upper')).toBeUndefined();
    expect(anomalyIndexes([1, 2, 3, 4, NaN], 'upper')).toBeUndefined();
    expect(anomalyIndexes([1, 2, 3, 4, Infinity], 'upper')).toBeUndefined();
  });

  it('does not depend on where zero is or on the unit', () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 5, maxLength: 30 });
    fc.assert(
      fc.property(values, fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 9 }), (list, shift, scale) => {
        const before = anomalyIndexes(list, 'upper');
        const after = anomalyIndexes(list.map((value) => scale * value + shift), 'upper');
        expect(after === undefined).toBe(before === undefined);
        before?.forEach((value, index) => expect(after?.[index]).toBeCloseTo(value, 8));
      }),
    );
  });
});
