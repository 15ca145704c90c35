import { expect, it } from 'vitest';
import { orderStatisticPValue } from '../../src/statistics/order-statistic-p-value.ts';
import { randomSource } from '../../src/statistics/random.ts';

it('is small for a maximum far beyond the others and large for one among them', () => {
  expect(orderStatisticPValue([10, 11, 9, 10.5, 9.5, 10.2, 9.8, 40])).toBeLessThan(1e-6);
  expect(orderStatisticPValue([10, 11, 9, 10.5, 9.5, 10.2, 9.8, 11])).toBeGreaterThan(0.05);
});

it('is about uniform, on the small side because the fit leaves the largest out, when all values come from one gamma distribution', () => {
  const random = randomSource(4, 'gamma');
  const exponential = (): number => -Math.log(1 - random.uniform());
  const values = Array.from({ length: 400 }, () => orderStatisticPValue(Array.from({ length: 40 }, () => exponential() + exponential() + exponential())) ?? NaN);
  const below = (limit: number): number => values.filter((value) => value < limit).length / values.length;

  expect(below(0.05)).toBeLessThan(0.25);
  expect(below(0.5)).toBeGreaterThan(0.35);
  expect(below(0.5)).toBeLessThan(0.85);
});

it('is not defined for too few, equal or non-positive values', () => {
  expect(orderStatisticPValue([1, 2, 3])).toBeUndefined();
  expect(orderStatisticPValue([2, 2, 2, 2, 2, 3])).toBeUndefined();
  expect(orderStatisticPValue([-1, 2, 3, 4, 5, 6])).toBeUndefined();
});
