import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rocAuc } from '../../src/statistics/roc-auc.ts';

describe('rocAuc', () => {
  it('counts pairs, ties by half', () => {
    expect(rocAuc([2, 3], [1, 2])?.auc).toBe(0.875);
    expect(rocAuc([1, 1], [1, 1])?.auc).toBe(0.5);
    expect(rocAuc([1], [2])?.auc).toBe(0);
  });

  it('has the standard error of Hanley and McNeil’s worked example', () => {
    // Radiology 1982, table II: 51 abnormal and 58 normal cases, ratings 1 to 5; area 0.893, standard error 0.032.
    const spread = (counts: readonly number[]): number[] => counts.flatMap((count, rating) => Array<number>(count).fill(rating + 1));
    const result = rocAuc(spread([3, 2, 2, 11, 33]), spread([33, 6, 6, 11, 2]));

    expect(result?.auc).toBeCloseTo(0.893, 3);
    expect(result?.standardError).toBeCloseTo(0.032, 3);
  });

  it('is undefined without both groups, and for NaN', () => {
    expect(rocAuc([], [1])).toBeUndefined();
    expect(rocAuc([1], [])).toBeUndefined();
    expect(rocAuc([NaN], [1])).toBeUndefined();
  });

  it('mirrors when the groups change places', () => {
    const group = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 12 });
    fc.assert(fc.property(group, group, (a, b) => {
      expect((rocAuc(a, b)?.auc ?? 0) + (rocAuc(b, a)?.auc ?? 0)).toBeCloseTo(1, 12);
    }));
  });
});
