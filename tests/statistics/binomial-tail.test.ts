import { describe, expect, it } from 'vitest';
import { logBinomialTail } from '../../src/statistics/binomial-tail.ts';

describe('logBinomialTail', () => {
  // scipy.stats.binom.logsf(k - 1, n, p)
  it.each([[10, 30, 0.1, -7.6966314742536595], [60, 60, 0.5, -41.58883083359672], [2, 500, 0.2, 0]])('of %i of %i at %d is what scipy computes', (successes, trials, chance, expected) => {
    expect(logBinomialTail(successes, trials, chance)).toBeCloseTo(expected, 8);
  });

  it('is certain for no successes and impossible for more than there are', () => {
    expect(logBinomialTail(0, 5, 0.1)).toBe(0);
    expect(logBinomialTail(6, 5, 0.1)).toBe(-Infinity);
    expect(logBinomialTail(1, 5, 0)).toBe(-Infinity);
  });
});
