import { describe, expect, it } from 'vitest';
import { conformalPValue } from '../../src/statistics/conformal-p-value.ts';
import { randomSource } from '../../src/statistics/random.ts';

describe('conformalPValue', () => {
  it('counts the value itself and ties against it', () => {
    expect(conformalPValue(5, [1, 2, 3, 4])).toBe(1 / 5);
    expect(conformalPValue(3, [1, 2, 3, 4])).toBe(3 / 5);
    expect(conformalPValue(0, [1, 2, 3, 4])).toBe(1);
    expect(conformalPValue(7, [])).toBe(1);
    expect(conformalPValue(NaN, [1])).toBeNaN();
  });

  it('is at or below a twentieth for one of twenty like values, whatever their distribution', () => {
    const random = randomSource(1, 'values');
    let below = 0;
    for (let trial = 0; trial < 4000; trial += 1) {
      const values = Array.from({ length: 20 }, () => Math.exp(3 * random.normal()));
      if (conformalPValue(values[0] as number, values.slice(1)) <= 0.05) below += 1;
    }
    // Binomial: 200 expected, standard deviation 14.
    expect(Math.abs(below - 200)).toBeLessThan(56);
  });
});
