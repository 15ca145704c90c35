import { describe, expect, it } from 'vitest';
import { logBinomialTail } from '../../src/statistics/binomial-tail.ts';
import { logChernoffBound } from '../../src/statistics/chernoff-bound.ts';

/** Ones and zeros, a tenth of them ones; with the worst one that the bound adds, 11 of 101. */
const TENTHS = Array.from({ length: 100 }, (_, at) => (at < 10 ? 1 : 0));

describe('logChernoffBound', () => {
  it.each([3, 5, 10, 20])('lies above the exact chance that %i of 20 draws are ones, and not far', (ones) => {
    const values = Array.from({ length: 20 }, (_, at) => (at < ones ? 1 : 0));
    const [bound, exact] = [logChernoffBound(values, TENTHS, 1), logBinomialTail(ones, 20, 11 / 101)];

    expect(bound).toBeGreaterThanOrEqual(exact);
    expect(bound - exact).toBeLessThan(Math.log(20));
  });

  it('says nothing of a sum that is usual', () => {
    expect(logChernoffBound([0, 0, 0, 0], TENTHS, 1)).toBe(0);
  });

  it('takes what a small population has not shown for possible', () => {
    expect(logChernoffBound([5, 5], [-1, -1, -1], 5)).toBeCloseTo(2 * Math.log(1 / 4), 9);
  });
});
