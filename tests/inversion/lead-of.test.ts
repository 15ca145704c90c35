import { expect, it } from 'vitest';
import { leadOf } from '../../src/inversion/lead-of.ts';
import { logOdds } from '../../src/statistics/log-odds.ts';

const growth = (target: number, ...stages: [successes: number, margin: number][]) => ({
  target, parameters: new Float32Array(0), stages: stages.map(([successes, margin], index) => ({ bound: index + 1, successes, trials: 64, margin })),
});

it('is the largest log odds ratio between the first two classes, where the first has a majority', () => {
  const lead = leadOf([growth(0, [0, -9], [40, 1], [60, 6]), growth(1, [0, -9], [20, -2], [30, -1]), growth(2, [0, -9], [1, -8])], 4);

  expect(lead).toMatchObject({ target: 0, stage: { bound: 3 }, rivalRate: 30 / 64 });
  expect(lead?.logOdds).toBeCloseTo(logOdds(60, 64) - logOdds(30, 64), 12);
  expect(lead?.margin).toBeCloseTo(7 / 4, 12);
});

it('does not count a class ahead of nothing: without a majority there is no lead', () => {
  expect(leadOf([growth(0, [30, -1]), growth(1, [0, -9])], 1)).toBeUndefined();
  expect(leadOf([growth(0, [64, 9])], 1)).toBeUndefined();
  expect(leadOf([], 1)).toBeUndefined();
});
