import { describe, expect, it } from 'vitest';
import { quantile } from '../../src/statistics/quantile.ts';

const VALUES = [3.1, -2.4, 0.7, 11.5, 6.2, -0.3, 4.4];

describe('quantile', () => {
  it('gives what numpy.quantile gives', () => {
    const recorded = [[0, -2.4], [0.05, -1.77], [0.25, 0.2], [0.5, 3.1], [0.9, 8.32], [1, 11.5]] as const;

    for (const [probability, expected] of recorded) expect(quantile(VALUES, probability)).toBeCloseTo(expected, 12);
  });

  it('is undefined for nothing and refuses what is no probability', () => {
    expect(quantile([], 0.5)).toBeUndefined();
    expect(() => quantile(VALUES, 1.5)).toThrow(RangeError);
    expect(() => quantile(VALUES, NaN)).toThrow(RangeError);
  });
});
