import { describe, expect, it } from 'vitest';
import { mean, standardDeviation, variance } from '../../src/statistics/moments.ts';

const VALUES = [3.1, -2.4, 0.7, 11.5, 6.2, -0.3, 4.4];

describe('moments', () => {
  it('gives what numpy gives with ddof=1', () => {
    expect(mean(VALUES)).toBeCloseTo(3.3142857142857145, 12);
    expect(variance(VALUES)).toBeCloseTo(21.51809523809524, 12);
    expect(standardDeviation(VALUES)).toBeCloseTo(4.638760097062063, 12);
  });

  it('is undefined where there are too few values', () => {
    expect(mean([])).toBeUndefined();
    expect(variance([1])).toBeUndefined();
    expect(standardDeviation([])).toBeUndefined();
  });
});
