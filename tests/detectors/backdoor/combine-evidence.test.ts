import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineEvidence, excessOf, type EvidenceRegime } from '../../../src/detectors/backdoor/combine-evidence.ts';
import type { Result } from '../../../src/report.ts';

const result = (detector: string, value: number, measurements: Result['measurements'] = []): Result => ({
  detector, outcome: 'clear', examined: 1, seconds: 0, observations: [], measurements,
  metric: { name: 'm', unit: 'u', value, threshold: 1, flaggedWhen: 'above' },
});
const term = (detector: string, measurement: string, weight: number) => ({ name: `${detector} ${measurement}`, detector, measurement, kind: 'a kind', floor: 1, ceiling: 3, weight });
const regime: EvidenceRegime = { intercept: -2, needed: ['a'], terms: [term('a', 'metric', 2), term('b', 'size', 0.5)] };

describe('combining evidence', () => {
  it('adds weighted excesses over the floor, up to the ceiling', () => {
    const { logOdds, parts, missing } = combineEvidence(regime, [result('a', 2.5), result('b', 0, [{ name: 'size', value: 10, location: { targetClass: 4 } }])]);

    expect(logOdds).toBeCloseTo(-2 + 2 * 1.5 + 0.5 * 2, 12);
    expect(parts.map(({ contribution }) => contribution)).toEqual([3, 1]);
    expect(parts[1]?.targetClass).toBe(4);
    expect(missing).toEqual([]);
  });

  it('counts what nobody measured as nothing, and names it', () => {
    const untold: Result = { detector: 'a', outcome: 'inconclusive', examined: 0, seconds: 0, observations: [], measurements: [], reason: 'No.' };

    expect(combineEvidence(regime, [untold])).toEqual({ logOdds: -2, parts: [], missing: ['a metric', 'b size'] });
  });

  it('is never lowered by more evidence', () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true });
    fc.assert(
      fc.property(number, number, fc.double({ min: 0, max: 5, noNaN: true }), (a, b, more) => {
        const size = (value: number): Result => result('b', 0, [{ name: 'size', value }]);
        const before = combineEvidence(regime, [result('a', a), size(b)]).logOdds;
        expect(combineEvidence(regime, [result('a', a + more), size(b)]).logOdds).toBeGreaterThanOrEqual(before);
        expect(combineEvidence(regime, [result('a', a), size(b + more)]).logOdds).toBeGreaterThanOrEqual(before);
      }),
      { seed: 1 },
    );
  });

  it.each([[0, 0], [1, 0], [2, 1], [3, 2], [9, 2]])('the excess of %f is %f', (value, expected) => {
    expect(excessOf({ floor: 1, ceiling: 3 }, value)).toBe(expected);
  });
});
