import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestSplit } from '../../src/statistics/best-split.ts';
import { randomSource } from '../../src/statistics/random.ts';

describe('bestSplit', () => {
  it('leaves as little variance within as any cut does', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 4, maxLength: 30 }), fc.integer({ min: 1, max: 2 }), (values, minimum) => {
      const within = (group: readonly number[]): number => {
        const mean = group.reduce((sum, value) => sum + value, 0) / group.length;
        return group.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      };
      const cuts = values.flatMap((threshold) => {
        const [low, high] = [values.filter((value) => value <= threshold), values.filter((value) => value > threshold)];
        return low.length < minimum || high.length < minimum ? [] : [within(low) + within(high)];
      });
      const split = bestSplit(values, minimum);
      if (cuts.length === 0) {
        expect(split).toBeUndefined();
        return;
      }
      if (split === undefined) throw new Error('no split');
      expect(within(values.filter((value) => value <= split.threshold)) + within(values.filter((value) => value > split.threshold))).toBeCloseTo(Math.min(...cuts), 6);
    }));
  });

  it('separates halves of a normal sample by 2.65 deviations', () => {
    const random = randomSource(0, 'normal');

    expect(bestSplit(Float64Array.from({ length: 20_000 }, () => random.normal()), 10)?.separation).toBeCloseTo(2.65, 1);
  });
});
