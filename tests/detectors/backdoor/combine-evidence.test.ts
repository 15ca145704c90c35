import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineEvidence, type EvidenceRegime } from '../../../src/detectors/backdoor/combine-evidence.ts';
import type { Result } from '../../../src/report.ts';

const result = (detector: string, value: number, measurements: Result['measurements'] = []): Result => ({
  detector, outcome: 'clear', examined: 1, seconds: 0, observations: [], measurements,
  metric: { name: 'm', unit: 'u', value, threshold: 1, flaggedWhen: 'above' },
});
const untold = (detector: string): Result => ({ detector, outcome: 'inconclusive', examined: 0, seconds: 0, observations: [], measurements: [], reason: 'No.' });
const size = (value: number): Result['measurements'][number] => ({ name: 'size', value, location: { targetClass: 4 } });

const regime: EvidenceRegime = {
  intercept: -2, weight: 2, cap: 3, needed: ['a'],
  terms: [
    { kind: 'masks', detector: 'a', measurement: 'metric', ordinary: 1, spread: 2 },
    { kind: 'waves', detector: 'b', measurement: 'size', ordinary: 0, spread: 1 },
    { kind: 'waves', detector: 'b', measurement: 'metric', ordinary: 0, spread: 1 },
  ],
};

describe('combining evidence', () => {
  it('adds up the surprises of all kinds, each the geometric mean of its measurements on the scale of clean models', () => {
    const { logOdds, parts, missing } = combineEvidence(regime, [result('a', 3), result('b', 2, [size(1)])]);

    expect(parts.map(({ kind }) => kind)).toEqual(['waves', 'masks']);
    expect(parts.map(({ surprise }) => surprise)).toEqual([Math.sqrt(2), 1]);
    expect(logOdds).toBeCloseTo(-2 + 2 * Math.sqrt(2) + 2, 12);
    expect(parts[0]).toMatchObject({ detector: 'b', value: 1, targetClass: 4 });
    expect(missing).toEqual([]);
  });

  it('counts nothing below what is ordinary and nothing beyond the cap', () => {
    expect(combineEvidence(regime, [result('a', -50)]).logOdds).toBe(-2);
    expect(combineEvidence(regime, [result('a', 1e9)]).logOdds).toBe(-2 + 2 * 3);
  });

  it('lets a kind that stands alone count beyond the cap, where its term says so', () => {
    const alone: EvidenceRegime = { ...regime, terms: regime.terms.map((term) => (term.kind === 'masks' ? { ...term, cap: 8 } : term)) };

    expect(combineEvidence(alone, [result('a', 1e9)]).logOdds).toBe(-2 + 2 * 8);
  });

  it('takes a kind for nothing when one of its measurements is ordinary: both have to stand out', () => {
    expect(combineEvidence(regime, [result('b', 50, [size(0)])]).parts[0]?.surprise).toBe(0);
  });

  it('counts what nobody measured as nothing, and names it', () => {
    expect(combineEvidence(regime, [untold('a')])).toEqual({ logOdds: -2, parts: [], missing: ['masks', 'waves'] });
  });

  it('is never lowered by a larger measurement', () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true });
    const more = fc.double({ min: 0, max: 5, noNaN: true });
    fc.assert(
      fc.property(number, number, number, more, more, more, (a, b, c, moreA, moreB, moreC) => {
        const before = combineEvidence(regime, [result('a', a), result('b', b, [size(c)])]).logOdds;
        const after = combineEvidence(regime, [result('a', a + moreA), result('b', b + moreB, [size(c + moreC)])]).logOdds;
        expect(after).toBeGreaterThanOrEqual(before - 1e-12);
      }),
      { seed: 1 },
    );
  });
});
