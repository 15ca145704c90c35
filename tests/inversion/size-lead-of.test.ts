import { expect, it } from 'vitest';
import { sizeLeadOf } from '../../src/inversion/size-lead-of.ts';

const outcome = { successes: 10, trials: 10, margin: 1 };
const sizes = (...all: (number | undefined)[]) => all.map((size, target) => ({ target, size, outcome, firstBound: 80, parameters: new Float32Array(0) }));

it('compares the smallest with the second and the median', () => {
  expect(sizeLeadOf(sizes(40, 5, 20, 40, 80))).toMatchObject({ target: 1, size: 5, logRatio: Math.log(4), logMedianRatio: Math.log(8) });
});

it('counts a trigger that never worked as a little larger than the first bound', () => {
  const lead = sizeLeadOf(sizes(10, undefined, undefined));

  expect(lead?.logRatio).toBeCloseTo(Math.log(8 * Math.SQRT2), 12);
});

it('says nothing when no trigger worked or there is nothing to compare', () => {
  expect(sizeLeadOf(sizes(undefined, undefined))).toBeUndefined();
  expect(sizeLeadOf(sizes(3))).toBeUndefined();
});
