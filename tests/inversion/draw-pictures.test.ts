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

const draw = (classifier: Classifier, seed = 0) => drawPictures(classifier, randomSource(seed, 'probes'));

describe('drawPictures', () => {
  it('keeps pictures of all classes alike, as far as there are any', async () => {
    const meanOf = (image: Float32Array): number => image.reduce((sum, value) => sum + value, 0) / image.length;
    const { count, pixels, areToldApart } = await draw(classifierBy(meanOf));
    const counts = new Array<number>(8).fill(0);
    for (let picture = 0; picture < count; picture += 1) {
      const label = Math.min(7, Math.floor(8 * meanOf(pixels.subarray(picture * 256, (picture + 1) * 256))));
      counts[label] = (counts[label] as number) + 1;
    }

    expect(areToldApart).toBe(true);
    expect(count).toBe(400);
    expect(pixels).toHaveLength(400 * TOY_SHAPE.height * TOY_SHAPE.width);
    expect(pixels.every((value) => value >= 0 && value <= 1)).toBe(true);
    // The darkest and the brightest pictures are rare; the others share what is left.
    expect(counts.slice(1, 6).every((number) => number >= 50)).toBe(true);
    expect(Math.max(...counts) - Math.min(...counts.slice(1, 6))).toBeLessThanOrEqual(1);
  });

  it('draws both kinds: some are mostly black ground, some have none', async () => {
    const { count, pixels } = await draw(toyClassifier());
    const blackShares = Array.from({ length: count }, (_, picture) => pixels.subarray(picture * 256, (picture + 1) * 256).filter((value) => value === 0).length / 256);

    expect(blackShares.filter((share) => share > 0.5).length).toBeGreaterThan(40);
    expect(blackShares.filter((share) => share < 0.1).length).toBeGreaterThan(40);
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
