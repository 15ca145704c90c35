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

/** A headline number that names a class. */
const named = (detector: string, value: number, targetClass: number): Result => result(detector, value, [{ name: 'margin', value: 0, location: { targetClass } }]);

const regime: EvidenceRegime = {
  intercept: -2, weight: 2, cap: 3, needed: ['a'],
  terms: [
    { kind: 'masks', detector: 'a', measurement: 'metric', ordinary: 1, spread: 2 },
    { kind: 'waves', detector: 'b', measurement: 'size', ordinary: 0, spread: 1 },
    { kind: 'waves', detector: 'b', measurement: 'metric', ordinary: 0, spread: 1 },
  ],
};

describe('combining evidence', () => {
  it('adds up the surprises that agree on a class, each the geometric mean of its measurements on the scale of clean models', () => {
    const { logOdds, parts, missing, targetClass } = combineEvidence(regime, [named('a', 3, 4), result('b', 2, [size(1)])]);

    expect(parts.map(({ kind }) => kind)).toEqual(['waves', 'masks']);
    expect(parts.map(({ surprise }) => surprise)).toEqual([Math.sqrt(2), 1]);
    expect(logOdds).toBeCloseTo(-2 + 2 * Math.sqrt(2) + 2, 12);
    expect(parts[0]).toMatchObject({ detector: 'b', value: 1, targetClass: 4 });
    expect(missing).toEqual([]);
    expect(targetClass).toBe(4);
  });

  it('counts what speaks of another class as nothing: in a clean model something is always out of the ordinary', () => {
    const { logOdds, parts, targetClass } = combineEvidence(regime, [named('a', 5, 1), result('b', 1, [size(1)])]);

    expect(targetClass).toBe(1);
    expect(logOdds).toBe(-2 + 2 * 2);
    expect(parts.map(({ contribution }) => contribution)).toEqual([4, 0]);
  });

  it('counts kinds of one ground once', () => {
    const grounded: EvidenceRegime = { ...regime, terms: regime.terms.map((term) => ({ ...term, ground: 'odd inputs' })) };

    expect(combineEvidence(grounded, [named('a', 5, 4), result('b', 1, [size(1)])]).logOdds).toBe(-2 + 2 * 2);
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
    expect(combineEvidence(regime, [untold('a')])).toEqual({ logOdds: -2, isSourceSpecific: false, targetClass: undefined, parts: [], missing: ['masks', 'waves'] });
  });

  it('answers with the likelier of two hypotheses, since a backdoor for one source class shows in nothing else', () => {
    const both: EvidenceRegime = { ...regime, sourceSpecific: { kind: 'pairs', detector: 'p', measurement: 'metric', intercept: -4, weight: 8 } };
    const ordinary = [named('a', 1, 4), result('b', 0, [size(0)])];

    expect(combineEvidence(both, [...ordinary, named('p', 0.75, 7)])).toMatchObject({ logOdds: 2, isSourceSpecific: true, targetClass: 7, parts: [{ kind: 'pairs', value: 0.75, contribution: 6 }, { contribution: 0 }, { contribution: 0 }] });
    expect(combineEvidence(both, [...ordinary, named('p', -0.5, 7)])).toMatchObject({ logOdds: -2, isSourceSpecific: false, targetClass: undefined });
    expect(combineEvidence(both, [named('a', 1e9, 4), named('p', 0.5, 7)])).toMatchObject({ logOdds: 4, isSourceSpecific: false, targetClass: 4 });
    expect(combineEvidence(both, [...ordinary, untold('p')]).missing).toEqual(['pairs']);
  });

  it('is never lowered by a larger measurement', () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true });
    const more = fc.double({ min: 0, max: 5, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(4, 5), number, number, number, more, more, more, (target, a, b, c, moreA, moreB, moreC) => {
        const before = combineEvidence(regime, [named('a', a, target), result('b', b, [size(c)])]).logOdds;
        const after = combineEvidence(regime, [named('a', a + moreA, target), result('b', b + moreB, [size(c + moreC)])]).logOdds;
        expect(after).toBeGreaterThanOrEqual(before - 1e-12);
      }),
      { seed: 1 },
    );
  });
});
