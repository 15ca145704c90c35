import { expect, it } from 'vitest';
import { logGamma, regularizedGamma } from '../../src/statistics/gamma.ts';

it.each([
  [0.5, Math.log(Math.sqrt(Math.PI))], [1, 0], [5, Math.log(24)], [10.5, 13.940625219403763], [100, 359.1342053695754],
])('log Γ(%f)', (x, expected) => {
  expect(logGamma(x)).toBeCloseTo(expected, 10);
});

/** scipy.special.gammainc. */
it.each([
  [1, 1, 0.6321205588285577], [0.5, 0.3, 0.5614219739190003], [5, 2, 0.052653017343711125], [5, 12, 0.992399609318933], [40, 38, 0.39408063211889344],
  [3, 60, 1],
])('P(%f, %f)', (a, x, expected) => {
  expect(regularizedGamma(a, x)).toBeCloseTo(expected, 9);
});

it('is 0 below zero and no number for a shape that is not positive', () => {
  expect(regularizedGamma(2, 0)).toBe(0);
  expect(regularizedGamma(2, -1)).toBe(0);
  expect(regularizedGamma(0, 1)).toBeNaN();
});
