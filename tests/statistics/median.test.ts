import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, medianAbsoluteDeviation } from '../../src/statistics/median.ts';

const VALUES = [3.1, -2.4, 0.7, 11.5, 6.2, -0.3, 4.4];

describe('median', () => {
  it('gives what numpy gives', () => {
    expect(median(VALUES)).toBeCloseTo(3.1, 12);
    expect(medianAbsoluteDeviation(VALUES)).toBeCloseTo(3.1, 12);
  });

  it('is the mean of the two middle values for an even count', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('is undefined for nothing', () => {
    expect(median([])).toBeUndefined();
    expect(medianAbsoluteDeviation([])).toBeUndefined();
  });

  it('has as many values above as below and leaves its input as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
        const copy = [...values];
        const center = median(values) ?? NaN;
        expect(values).toEqual(copy);
        expect(values.filter((value) => value > center).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value < center).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});
