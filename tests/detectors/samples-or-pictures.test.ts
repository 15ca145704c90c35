import { describe, expect, it } from 'vitest';
import { samplesOrPictures } from '../../src/detectors/samples-or-pictures.ts';
import { behaviorFacets } from '../support/behavior-facets.ts';

describe('samplesOrPictures', () => {
  it('hands on samples as they are, and pictures without labels where there are none', async () => {
    const facets = behaviorFacets(undefined, 40);
    expect(await samplesOrPictures(facets)).toBe(facets.samples);

    const pictures = await samplesOrPictures(behaviorFacets(undefined, 0));
    if (typeof pictures === 'string') throw new Error(pictures);
    expect(pictures.count).toBe(400);
    expect(pictures.labels).toBeUndefined();
    expect(new Set(pictures.ids).size).toBe(400);
  });

  it('says why inputs made by the gradient will not do', async () => {
    const made = { origin: 'synthesized', count: 1, channels: 1, height: 1, width: 1, pixels: new Float32Array(1), predictions: new Int32Array(1), clearance: 0 } as const;

    expect(await samplesOrPictures({ probes: { load: () => Promise.resolve(made) } })).toMatch(/needs pictures/);
  });
});
