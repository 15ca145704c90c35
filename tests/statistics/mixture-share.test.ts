import { describe, expect, it } from 'vitest';
import { mixtureShare } from '../../src/statistics/mixture-share.ts';
import { randomSource } from '../../src/statistics/random.ts';

describe('mixtureShare', () => {
  it.each([0, 0.05, 0.4])('finds a share of %d of normals two deviations apart', (share) => {
    const random = randomSource(0, `share ${share}`);
    // log N(x; 2, 1) / N(x; 0, 1) = 2x − 2
    const ratios = Float64Array.from({ length: 20_000 }, (_, at) => 2 * (random.normal() + (at < share * 20_000 ? 2 : 0)) - 2);

    expect(Math.abs(mixtureShare(ratios) - share)).toBeLessThan(0.015);
  });

  it('is nothing of nothing', () => {
    expect(mixtureShare([])).toBe(0);
  });
});
