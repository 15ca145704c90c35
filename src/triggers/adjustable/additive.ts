import { geometricBounds, type AdjustableTrigger } from '../adjustable-trigger.ts';
import { clampPixel, imageSize, type ImageShape } from '../trigger.ts';
import { moveInBall } from './euclidean.ts';

/** Root mean square of the smallest change tried, a hundredth of the pixel range; 14 steps of 1.35 end at half of it. */
const FIRST_RMS = 0.01;
const GROWTH = 1.35;
const BOUNDS = 14;

/**
 * One picture added to every image, x′ = clip(x + δ), with ‖δ‖₂ bounded: the targeted universal perturbation of
 * Moosavi-Dezfooli et al. 2017 (arXiv:1610.08401). Takes the form of blends, stickers and waves alike.
 */
export function additiveTrigger(shape: ImageShape): AdjustableTrigger {
  const size = imageSize(shape);
  return {
    kind: 'additive',
    description: 'a picture added to the image',
    unit: 'L2 norm',
    parameterCount: size,
    bounds: geometricBounds(FIRST_RMS * Math.sqrt(size), GROWTH, BOUNDS),
    start: () => new Float32Array(size),
    at: (parameters) => addedPicture(parameters, size),
    move: moveInBall,
  };
}

/** x′ = clip(x + picture). A clipped pixel has a gradient only back into the range. */
export function addedPicture(picture: Float32Array, size: number): ReturnType<AdjustableTrigger['at']> {
  return {
    apply(images, from, changed, to) {
      for (let index = 0; index < size; index += 1) changed[to + index] = clampPixel((images[from + index] as number) + (picture[index] as number));
    },
    pullBack(images, from, gradient, at, sum) {
      for (let index = 0; index < size; index += 1) {
        const value = (images[from + index] as number) + (picture[index] as number);
        const slope = gradient[at + index] as number;
        if ((value > 0 || slope < 0) && (value < 1 || slope > 0)) sum[index] = (sum[index] as number) + slope;
      }
    },
  };
}
