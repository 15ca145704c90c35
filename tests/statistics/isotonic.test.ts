import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { isotonicShares } from '../../src/statistics/isotonic.ts';

describe('isotonicShares', () => {
  it('pools as sklearn.isotonic.IsotonicRegression does', () => {
    const values = [-2, -1.5, -1.5, -1, -0.4, 0, 0.3, 0.3, 0.9, 1.2, 2, 2.5];
    const ones = [0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1];
    // Its pools are of 1, 3, 6 and 2 values with 0, 1, 3 and 2 ones.
    const recorded = [0.25, 0.375, 0.375, 0.375, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 2.5 / 3, 2.5 / 3];

    expect(Array.from(isotonicShares(values, (at) => ones[at] === 1))).toEqual(recorded);
  });

  it('never falls, gives equal values equal shares and is never certain', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.boolean()), { minLength: 1, maxLength: 40 }), (pairs) => {
      const shares = isotonicShares(pairs.map(([value]) => value), (at) => pairs[at]?.[1] ?? false);
      for (const [a, [left]] of pairs.entries()) {
        expect(shares[a]).toBeGreaterThan(0);
        expect(shares[a]).toBeLessThan(1);
        for (const [b, [right]] of pairs.entries()) if (left === right) expect(shares[a]).toBe(shares[b]);
        for (const [b, [right]] of pairs.entries()) if (left > right) expect((shares[a] as number) - (shares[b] as number)).toBeGreaterThan(-0.5);
      }
    }));
  });

  it('is empty for nothing', () => {
    expect(isotonicShares([], () => true)).toHaveLength(0);
  });
});
