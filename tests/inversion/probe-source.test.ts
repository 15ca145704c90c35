import { describe, expect, it } from 'vitest';
import { probeSource } from '../../src/inversion/probe-source.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { shortcutToy } from '../support/shortcut-toy.ts';
import { toyClassifier, toySamples } from '../support/toy-classifier.ts';

const random = () => randomSource(1, 'probes');
const oneClass = toyClassifier((logits) => {
  logits[3] = 100;
});

describe('probeSource', () => {
  it('takes samples before anything else, and makes its probes once', async () => {
    const { classifier, gradient } = shortcutToy(undefined);
    const source = probeSource(classifier, gradient, toySamples(40), random);

    expect(await source.load()).toMatchObject({ origin: 'samples', count: 40 });
    expect(await source.load()).toBe(await source.load());
  });

  it('draws pictures where there are no samples', async () => {
    const { classifier, gradient } = shortcutToy(undefined);
    const probes = await probeSource(classifier, gradient, undefined, random).load();

    expect(probes).toMatchObject({ origin: 'drawn', count: 400 });
    expect(probes.clearance).toBeGreaterThan(0);
  });

  it('lets the gradient make inputs where the model gives all pictures one class, and keeps the pictures where there is none', async () => {
    const { gradient } = shortcutToy(undefined);

    expect((await probeSource(oneClass, gradient, undefined, random).load()).origin).toBe('synthesized');
    expect((await probeSource(oneClass, undefined, undefined, random).load()).origin).toBe('drawn');
  });
});
