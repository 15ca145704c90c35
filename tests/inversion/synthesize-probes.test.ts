import { describe, expect, it } from 'vitest';
import { synthesizeProbes } from '../../src/inversion/synthesize-probes.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { argmax } from '../../src/statistics/softmax.ts';
import { shortcutToy } from '../support/shortcut-toy.ts';
import { TOY_CLASSES } from '../support/toy-classifier.ts';

describe('inputs made from a model', () => {
  it('are taken for the classes they were meant for, all classes alike', async () => {
    const { classifier, gradient } = shortcutToy(undefined);
    const { count, pixels } = await synthesizeProbes(classifier, gradient, randomSource(1, 'probes'));
    const logits = await classifier.logits(pixels, count);
    const right = Array.from({ length: count }, (_, image) => argmax(logits.subarray(image * TOY_CLASSES, (image + 1) * TOY_CLASSES)) === image % TOY_CLASSES).filter(Boolean).length;

    expect(count).toBe(16 * TOY_CLASSES);
    expect(pixels.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(right).toBeGreaterThan(0.9 * count);
  });

  it('are the same for the same seed and others for another', async () => {
    const make = async (seed: number): Promise<Float32Array> => {
      const { classifier, gradient } = shortcutToy(undefined);
      return (await synthesizeProbes(classifier, gradient, randomSource(seed, 'probes'))).pixels;
    };

    expect(await make(1)).toEqual(await make(1));
    expect(await make(1)).not.toEqual(await make(2));
  });
});
