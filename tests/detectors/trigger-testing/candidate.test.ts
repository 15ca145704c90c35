import { describe, expect, it } from 'vitest';
import { bestCandidates, comparisonRate, rivalPull, selectivity, trialOf } from '../../../src/detectors/trigger-testing/candidate.ts';
import { patchTrigger } from '../../../src/triggers/patch.ts';
import { sinusoidTrigger } from '../../../src/triggers/sinusoid.ts';

const before = Int32Array.from({ length: 20 }, (_, image) => image % 5);
const patch = (size: number) => ({ trigger: patchTrigger({ size, place: 'center', pattern: 'white' }), isRandom: false });
const wave = { trigger: sinusoidTrigger({ delta: 0.1, frequency: 2, direction: 'vertical' }), isRandom: false };
const sending = (target: number, howMany: number) => before.map((label, image) => (image < howMany ? target : label));

describe('comparisonRate', () => {
  it('takes rivals in full and random changes up to one half', () => {
    expect(comparisonRate(0.7, 0.2)).toBe(0.7);
    expect(comparisonRate(0.2, 0.9)).toBe(0.5);
    expect(comparisonRate(0, 0)).toBe(0.1);
    expect(comparisonRate(1, 1)).toBeLessThan(1);
  });
});

describe('rivalPull', () => {
  it('looks at other classes, at the same family, and at changes that are no stronger', () => {
    const trials = [
      trialOf(patch(3), before, sending(1, 10), 5),
      trialOf(patch(6), before, sending(2, 20), 5),
      trialOf(wave, before, sending(3, 20), 5),
    ];

    expect(rivalPull(trials, 'patch', 3, 1)).toBe(0);
    expect(rivalPull(trials, 'patch', 3, 0)).toBe(0.5);
    expect(rivalPull(trials, 'patch', 6, 0)).toBe(1);
  });
});

describe('selectivity', () => {
  it('is a difference of log odds and stays finite at both ends', () => {
    expect(selectivity({ successes: 5, trials: 10 }, 0.5)).toBeCloseTo(0, 12);
    expect(selectivity({ successes: 10, trials: 10 }, 0.1)).toBeCloseTo(Math.log(21) + Math.log(9), 12);
    expect(Number.isFinite(selectivity({ successes: 0, trials: 10 }, 0.98))).toBe(true);
    expect(selectivity({ successes: 0, trials: 0 }, 0.5)).toBe(0);
  });
});

describe('bestCandidates', () => {
  it('keeps one for each family and target, the most selective first', () => {
    const trials = [
      trialOf(patch(2), before, sending(1, 8), 5),
      trialOf(patch(3), before, sending(1, 19), 5),
      trialOf(wave, before, sending(1, 12), 5),
    ];
    const candidates = bestCandidates(trials, before, 5, 5);

    expect(candidates.map(({ trial }) => trial.trigger.id)).toEqual([patch(3).trigger.id, wave.trigger.id]);
    expect(bestCandidates(trials, before, 5, 1)).toHaveLength(1);
  });
});
