import { describe, expect, it } from 'vitest';
import { drawPictures } from '../../src/inversion/draw-pictures.ts';
import type { Classifier } from '../../src/model/classifier.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { TOY_SHAPE, toyClassifier } from '../support/toy-classifier.ts';

/** Eight classes by what `valueOf` says of an image, in eighths of [0, 1]. */
function classifierBy(valueOf: (image: Float32Array) => number): Classifier {
  return toyClassifier((logits, image) => {
    logits.fill(0);
    logits[Math.min(7, Math.max(0, Math.floor(8 * valueOf(image))))] = 10;
  });
}

const blackShare = (image: Float32Array): number => image.filter((value) => value === 0).length / image.length;
const draw = (classifier: Classifier, seed = 0) => drawPictures(classifier, randomSource(seed, 'probes'));

describe('drawPictures', () => {
  it('takes the kind that the model spreads more evenly: scenes for brightness, strokes for how much is written', async () => {
    const scenes = await draw(classifierBy((image) => image.reduce((sum, value) => sum + value, 0) / image.length));
    const strokes = await draw(classifierBy((image) => (blackShare(image) === 0 ? 0 : 4 * (1 - blackShare(image)))));

    expect(blackShare(scenes.pixels)).toBeLessThan(0.1);
    expect(blackShare(strokes.pixels)).toBeGreaterThan(0.5);
    for (const { pixels, areToldApart } of [scenes, strokes]) {
      expect(areToldApart).toBe(true);
      expect(pixels).toHaveLength(400 * TOY_SHAPE.height * TOY_SHAPE.width);
      expect(pixels.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });

  it('says that a model does not tell them apart, and one whose answers are not numbers neither', async () => {
    expect((await draw(classifierBy(() => 0))).areToldApart).toBe(false);
    expect((await draw(toyClassifier((logits) => logits.fill(NaN)))).areToldApart).toBe(false);
  });

  it('draws the same for the same seed and other pictures for another', async () => {
    const classifier = toyClassifier();

    expect((await draw(classifier, 1)).pixels).toEqual((await draw(classifier, 1)).pixels);
    expect((await draw(classifier, 1)).pixels).not.toEqual((await draw(classifier, 2)).pixels);
  });
});
