import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PairInversion } from '../../src/inversion/invert-pairs.ts';
import { pairLeadOf } from '../../src/inversion/pair-lead-of.ts';

const pair = (source: number, target: number, ...margins: number[]): PairInversion => ({
  source, target, bound: 3, parameters: new Float32Array(0), heldOut: [], outcomes: margins.map((margin) => ({ successes: 1, trials: 1, margin })),
});

it('takes the lead over the nearest of the source’s other targets and the target’s other sources, times what is left of the margin', () => {
  const found = pairLeadOf([pair(0, 1, 8, 4), pair(0, 2, 8, 1), pair(2, 1, 8, 2), pair(2, 0, 8, 3)], 2);

  expect(found).toMatchObject({ pair: { source: 0, target: 1 }, lead: 1, retention: 0.5, evidence: 0.5 });
});

it('sees neither a class that draws every source nor a source that goes everywhere', () => {
  expect(pairLeadOf([pair(0, 1, 5, 5), pair(2, 1, 5, 5), pair(0, 2, 5, 0), pair(2, 0, 5, 0)], 1)?.evidence).toBe(0);
  expect(pairLeadOf([pair(0, 1, 5, 5), pair(0, 2, 5, 5), pair(2, 1, 5, 0), pair(1, 2, 5, 0)], 1)?.evidence).toBe(0);
});

it('counts a lead of more than one clearance as one', () => {
  expect(pairLeadOf([pair(0, 1, 8, 4), pair(0, 2, 8, 1)], 1)).toMatchObject({ lead: 3, evidence: 0.5 });
});

it('compares only pairs that were followed to the smallest size', () => {
  expect(pairLeadOf([pair(0, 1, 5, 5), pair(0, 2, 9), pair(0, 3, 5, 4)], 1)).toMatchObject({ pair: { target: 1 }, lead: 1 });
});

it('says nothing where a source has one target left', () => {
  expect(pairLeadOf([pair(0, 1, 5), pair(1, 0, 5)], 1)).toBeUndefined();
  expect(pairLeadOf([], 1)).toBeUndefined();
});

it('does not depend on the scale of logits or the order of pairs', () => {
  const margins = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 12, maxLength: 12 });
  fc.assert(fc.property(margins, fc.integer({ min: 1, max: 1000 }), (values, scale) => {
    const pairs = (factor: number): PairInversion[] => [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]].map(([source = 0, target = 0], index) => pair(source, target, factor * (values[2 * index] as number), factor * (values[2 * index + 1] as number)));
    const [plain, scaled] = [pairLeadOf(pairs(1), 1), pairLeadOf(pairs(scale).reverse(), scale)];

    expect(scaled?.evidence).toBeCloseTo(plain?.evidence ?? NaN, 6);
  }));
});
