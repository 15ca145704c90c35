import { describe, expect, it } from 'vitest';
import { logisticCurve } from '../../src/statistics/logistic-curve.ts';
import { randomSource } from '../../src/statistics/random.ts';

describe('logisticCurve', () => {
  it('finds the ratio of two densities whatever the sizes of the groups', () => {
    const random = randomSource(1, 'curve');
    const labels = Array.from({ length: 6000 }, (_, at) => (at % 6 === 0 ? 1 : 0));
    const curve = logisticCurve(labels.map((label) => label + random.normal()), labels);

    // Of normal densities around 1 and 0 the logarithm of the ratio is x − 1/2.
    for (const x of [-1, 0.5, 2]) expect(curve(x)).toBeCloseTo(x - 0.5, 0);
    expect(Math.abs(curve(0.5))).toBeLessThan(0.15);
  });

  it('stays finite where the groups do not overlap', () => {
    const curve = logisticCurve([0, 0.1, 0.2, 0.8, 0.9, 1], [0, 0, 0, 1, 1, 1]);

    expect(curve(1)).toBeGreaterThan(1);
    expect(curve(1)).toBeLessThan(20);
  });

  it.each([
    ['one group only', [0, 1, 2], [1, 1, 1]],
    ['equal values', [3, 3, 3], [0, 1, 1]],
    ['values that fall', [0, 1, 2, 3], [1, 1, 0, 0]],
  ])('says nothing of %s', (_what, values, labels) => {
    expect(logisticCurve(values, labels)(2)).toBe(0);
  });
});
