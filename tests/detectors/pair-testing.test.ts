import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { pairTesting } from '../../src/detectors/pair-testing.ts';
import { behaviorFacets } from '../support/behavior-facets.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import type { Shortcut } from '../support/shortcut-toy.ts';

const options = Value.Create(pairTesting.options) as Parameters<typeof pairTesting.detect>[1];
const { threshold } = pairTesting.meta.metric;

async function detect(shortcut: Shortcut | undefined, changed: Partial<typeof options> & { readonly samples?: number; readonly context?: ReturnType<typeof detectContext> } = {}) {
  const { samples = 160, context = detectContext(), ...rest } = changed;
  const facets = behaviorFacets(shortcut, samples);
  return pairTesting.detect({ ...fakeModel(facets), facets: facets as Required<typeof facets> }, { ...options, ...rest }, context);
}

describe('pair-testing', () => {
  it('flags a trigger that works on one class alone, names both classes and shows it on images of the source', async () => {
    const detection = await detect({ target: 5, strength: 24, source: 2, enough: 1 });

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.measurements?.find(({ name }) => name === 'source class')).toMatchObject({ value: 2, location: { targetClass: 5 } });
    expect(detection.observations[0]).toMatchObject({ message: 'moved-pair', location: { targetClass: 5 }, data: { trigger: expect.stringContaining('at bottom-right') as string, successRate: 100 } });
    expect(detection.observations[0].picture?.mask).toHaveLength(256);
  });

  it.each([[undefined], [{ target: 5, strength: 24, enough: 1 }]])('does not flag an honest model or one that sends all classes to one: %o', async (shortcut) => {
    const detection = await detect(shortcut);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(threshold);
  });

  it('says the same again for the same seed', async () => {
    const shortcut = { target: 5, strength: 24, source: 2, enough: 1 };

    expect(await detect(shortcut)).toEqual(await detect(shortcut));
  });

  it('could not tell with too few samples, with more than maxImages allows, and when the time ran out', async () => {
    const inconclusive = (reason: string) => ({ outcome: 'inconclusive', reason: expect.stringContaining(reason) as string });

    expect(await detect(undefined, { samples: 24 })).toMatchObject(inconclusive('6 samples that the model gets right'));
    expect(await detect(undefined, { maxImages: 63 })).toMatchObject(inconclusive('more than the 63 that maxImages allows'));
    expect(await detect(undefined, { context: { ...detectContext(), outOfTime: () => true } })).toMatchObject(inconclusive('time ran out after 0 of'));
  });
});
