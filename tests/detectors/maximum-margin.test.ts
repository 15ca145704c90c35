import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { maximumMargin } from '../../src/detectors/maximum-margin.ts';
import { behaviorFacets } from '../support/behavior-facets.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import type { Shortcut } from '../support/shortcut-toy.ts';

const options = Value.Create(maximumMargin.options) as Parameters<typeof maximumMargin.detect>[1];

async function measure(shortcut: Shortcut | undefined, rest: Partial<typeof options> = {}) {
  const facets = behaviorFacets(shortcut, 0);
  return maximumMargin.detect({ ...fakeModel(facets), facets }, { ...options, ...rest }, detectContext());
}

describe('maximum-margin', () => {
  it('names the class whose margin the shortcut drives beyond all others', async () => {
    const detection = await measure({ target: 5, strength: 12 });

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(maximumMargin.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'outstanding-margin', location: { targetClass: 5 } });
    expect(detection.measurements?.find(({ name }) => name === 'p-value')?.value).toBeLessThan(0.05);
  });

  it('finds equal classes equal', async () => {
    const detection = await measure(undefined);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    // The largest margin of a cell of 32 pixels at 1/4 each is 8 over a dark rest.
    expect(detection.metric).toBeLessThan(0.1);
    expect(detection.measurements?.find(({ name }) => name === 'largest margin')?.value).toBeGreaterThan(7);
    expect(detection.measurements?.find(({ name }) => name === 'largest margin')?.value).toBeLessThanOrEqual(8.0001);
  });

  it('compares a random part of more classes than it is told to', async () => {
    expect(await measure(undefined, { maxTargets: 4 })).toMatchObject({ examined: 4 });
  });
});
