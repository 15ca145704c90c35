import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { pairInversion } from '../../src/detectors/pair-inversion.ts';
import { behaviorFacets } from '../support/behavior-facets.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import type { Shortcut } from '../support/shortcut-toy.ts';

const options = Value.Create(pairInversion.options) as Parameters<typeof pairInversion.detect>[1];
const { threshold } = pairInversion.meta.metric;

async function detect(shortcut: Shortcut | undefined, { samples = 160, ...changed }: Partial<typeof options> & { readonly samples?: number } = {}) {
  const facets = behaviorFacets(shortcut, samples);
  return pairInversion.detect({ ...fakeModel(facets), facets: facets as Required<typeof facets> }, { ...options, ...changed }, detectContext());
}

describe('pair-inversion', () => {
  it('flags a trigger that works on one class alone, and names both classes', async () => {
    const detection = await detect({ target: 5, strength: 24, source: 2, enough: 1 });

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.measurements?.find(({ name }) => name === 'source class')).toMatchObject({ value: 2, location: { targetClass: 5 } });
    expect(detection.observations[0].picture?.mask).toHaveLength(256);
  });

  it.each([[undefined], [{ target: 5, strength: 12 }]])('does not flag an honest model or one that sends all classes to one: %o', async (shortcut) => {
    const detection = await detect(shortcut);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(threshold);
  });

  it('is inconclusive, and says which option to raise, when there are more pairs than allowed', async () => {
    expect(await detect(undefined, { maxPairs: 55 })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('56 pairs of classes are more than the 55 that maxPairs allows') });
  });

  it('is inconclusive when no class has samples enough to be a source', async () => {
    expect(await detect(undefined, { samples: 48 })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('9 samples') });
  });
});
