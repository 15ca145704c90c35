import { describe, expect, it } from 'vitest';
import { robustCovariance } from '../../src/decompositions/robust-covariance.ts';
import { randomSource } from '../../src/statistics/random.ts';

describe('robustCovariance', () => {
  it('is that of the rows without a fifth of far ones', () => {
    const random = randomSource(0, 'rows');
    const table = Float32Array.from({ length: 1000 * 2 }, (_, at) => (at < 400 ? 30 + random.normal() : (at % 2 === 0 ? 3 : 1) * random.normal()));
    const found = robustCovariance(table, 2, 0.75);
    if (found === undefined) throw new Error('nothing found');

    expect(Math.abs(found.mean[0] ?? 9)).toBeLessThan(0.3);
    // Without the factor for consistency the kept three quarters vary somewhat less than all.
    expect(found.covariance.values[0]).toBeGreaterThan(5);
    expect(found.covariance.values[0]).toBeLessThan(10);
    expect((found.covariance.values[0] ?? 0) / (found.covariance.values[3] ?? 1)).toBeCloseTo(9, -0.5);
  });

  it('is undefined where nothing varies', () => {
    expect(robustCovariance(new Float32Array(20).fill(1), 2, 0.75)).toBeUndefined();
  });
});
