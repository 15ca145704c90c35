import { MAX_PICTURE_SAMPLES, type TriggerPicture } from '../../model/trigger-picture.ts';
import { imageSize, type ImageShape, type Trigger } from '../../triggers/trigger.ts';
import { takeImages, type ImageSet } from './image-set.ts';

/** A change of less than half a step of an eight-bit image cannot be seen and is not shown in the mask. */
const VISIBLE_CHANGE = 1 / 512;

/**
 * The trigger on images it moved, of as many classes as there are among them. The mask is the share of these images in
 * which a pixel changes; the pattern is what the trigger makes of plain gray, left out where that is nothing (a warp).
 */
export function triggerPicture(trigger: Trigger, images: ImageSet, moved: readonly number[]): TriggerPicture {
  const { shape } = images;
  const shown = ofDifferentClasses(moved.length > 0 ? moved : [...images.predictions.keys()], images.predictions);
  const samples = takeImages(images.pixels, shown, shape);
  const triggered = trigger.apply(samples, shown.length, shape);
  const gray = new Float32Array(imageSize(shape)).fill(0.5);
  const pattern = trigger.apply(gray, 1, shape);
  const isPlain = pattern.every((value) => Math.abs(value - 0.5) < VISIBLE_CHANGE);
  return { title: trigger.description, ...shape, mask: changedShare(samples, triggered, shown.length, shape), ...(isPlain ? {} : { pattern }), samples, triggered };
}

function ofDifferentClasses(candidates: readonly number[], predictions: Int32Array): readonly number[] {
  const seen = new Set<number>();
  const [firsts, others]: [number[], number[]] = [[], []];
  for (const image of candidates) {
    const label = predictions[image] as number;
    (seen.has(label) ? others : firsts).push(image);
    seen.add(label);
  }
  return [...firsts, ...others].slice(0, MAX_PICTURE_SAMPLES);
}

function changedShare(before: Float32Array, after: Float32Array, count: number, shape: ImageShape): Float32Array {
  const plane = shape.height * shape.width;
  const size = imageSize(shape);
  const isChanged = (image: number, position: number): boolean => {
    for (let at = image * size + position; at < (image + 1) * size; at += plane) {
      if (Math.abs((after[at] as number) - (before[at] as number)) >= VISIBLE_CHANGE) return true;
    }
    return false;
  };
  return Float32Array.from({ length: plane }, (_, position) => {
    let changed = 0;
    for (let image = 0; image < count; image += 1) changed += isChanged(image, position) ? 1 : 0;
    return count === 0 ? 0 : changed / count;
  });
}
