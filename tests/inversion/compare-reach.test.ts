import { describe, expect, it } from 'vitest';
import { predictionsOf } from '../../src/detectors/trigger-testing/image-set.ts';
import { compareReach, shuffledOutcome, type EarlierVersion } from '../../src/inversion/compare-reach.ts';
import { leadOf } from '../../src/inversion/lead-of.ts';
import { prepareSearch } from '../../src/inversion/prepare-search.ts';
import type { Probes } from '../../src/model/probes.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { additiveTrigger } from '../../src/triggers/adjustable/additive.ts';
import { rateOf } from '../../src/inversion/outcome-of.ts';
import type { Search } from '../../src/inversion/search.ts';
import { behaviorFacets } from '../support/behavior-facets.ts';
import { shortcutToy, type Shortcut } from '../support/shortcut-toy.ts';

const shortcut: Shortcut = { target: 5, strength: 12 };

/** The toy with the shortcut and its answers to the probes. */
async function version(shortcutOfEarlier: Shortcut | undefined, { pixels, count }: Pick<Probes, 'pixels' | 'count'>): Promise<EarlierVersion> {
  const { classifier, gradient } = shortcutToy(shortcutOfEarlier);
  return { classifier, gradient, predictions: predictionsOf(await classifier.logits(pixels, count), count, classifier.classCount) };
}

async function lead(later: Shortcut | undefined, earlier: Shortcut | undefined, stopAfter = Infinity) {
  const prepared = await prepareSearch({ facets: behaviorFacets(later), maxTargets: 32, random: (label) => randomSource(0, label) });
  if ('reason' in prepared) throw new Error(prepared.reason);
  let asked = 0;
  const pause = () => ((asked += 1) >= stopAfter ? ('stop' as const) : ('go on' as const));
  const growths = await compareReach({ ...prepared, trigger: additiveTrigger(prepared.shape), imagesPerArm: 8, steps: 8, pause }, await version(earlier, prepared.probes));
  return { lead: leadOf(growths, prepared.probes.clearance), growths };
}

describe('compareReach', () => {
  it('finds the class that a shortcut of the later version leads to', async () => {
    expect((await lead(shortcut, undefined)).lead).toMatchObject({ target: 5 });
  });

  it('finds nothing where both versions have the shortcut, or neither', async () => {
    expect((await lead(shortcut, shortcut)).lead).toBeUndefined();
    expect((await lead(undefined, undefined)).lead).toBeUndefined();
  });

  it('finds nothing where the earlier version had a shortcut that is gone', async () => {
    expect((await lead(undefined, shortcut)).lead).toBeUndefined();
  });

  it('gives what there is when it is stopped', async () => {
    const { growths } = await lead(shortcut, undefined, 9);

    expect(growths.every(({ stages }) => stages.length === 1)).toBe(true);
  });
});

describe('shuffledOutcome', () => {
  async function search(later: Shortcut | undefined): Promise<Search> {
    const prepared = await prepareSearch({ facets: behaviorFacets(later), maxTargets: 32, random: (label) => randomSource(0, label) });
    if ('reason' in prepared) throw new Error(prepared.reason);
    return { ...prepared, trigger: additiveTrigger(prepared.shape), imagesPerArm: 8, steps: 8, pause: () => 'go on' };
  }
  const earlier = async (made: Search): Promise<EarlierVersion> => version(undefined, made.probes);
  /** The corner in which the shortcut looks, brighter. */
  const corner = Float32Array.from({ length: 256 }, (_, at) => ((at >> 4) >= 13 && (at & 15) >= 13 ? 0.9 : 0));

  it('leaves next to nothing of a trigger that has a form and a place', async () => {
    const made = await search(shortcut);

    expect(rateOf(await shuffledOutcome(made, await earlier(made), { target: 5, parameters: corner }, 1))).toBeLessThan(0.5);
  });

  it('leaves all of a change that is the same everywhere', async () => {
    const made = await search(shortcut);
    const bright = new Float32Array(256).fill(0.9);

    expect(rateOf(await shuffledOutcome(made, await earlier(made), { target: 5, parameters: bright }, 0.5))).toBeGreaterThan(0.5);
  });

  it('counts nothing at no size', async () => {
    const made = await search(shortcut);

    expect((await shuffledOutcome(made, await earlier(made), { target: 5, parameters: corner }, 0)).successes).toBe(0);
  });
});
