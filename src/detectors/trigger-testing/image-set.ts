import type { Classifier } from '../../model/classifier.ts';
import { argmax } from '../../statistics/softmax.ts';
import { imageSize, type ImageShape, type Trigger } from '../../triggers/trigger.ts';

/** Some of the samples with the classifier's clean predictions for them. */
export interface ImageSet {
  readonly pixels: Float32Array;
  readonly count: number;
  readonly shape: ImageShape;
  /** Class indexes, −1 where the classifier gives no number. */
  readonly predictions: Int32Array;
}

/** The class of the largest logit of each image; −1 where a logit is NaN. */
export function predictionsOf(logits: Float32Array, count: number, classCount: number): Int32Array {
  return Int32Array.from({ length: count }, (_, image) => argmax(logits.subarray(image * classCount, (image + 1) * classCount)) ?? -1);
}

/** Copies the images at `indexes` out of a batch. */
export function takeImages(pixels: Float32Array, indexes: readonly number[], shape: ImageShape): Float32Array {
  const size = imageSize(shape);
  const taken = new Float32Array(indexes.length * size);
  indexes.forEach((index, position) => taken.set(pixels.subarray(index * size, (index + 1) * size), position * size));
  return taken;
}

/** Predictions of the images after the trigger was applied. */
export async function predictTriggered(classifier: Classifier, images: ImageSet, trigger: Trigger): Promise<Int32Array> {
  const changed = trigger.apply(images.pixels, images.count, images.shape);
  return predictionsOf(await classifier.logits(changed, images.count), images.count, classifier.classCount);
}
