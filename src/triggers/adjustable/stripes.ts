import { geometricBounds, type AdjustableTrigger } from '../adjustable-trigger.ts';
import { imageSize, type ImageShape } from '../trigger.ts';
import { addedPicture } from './additive.ts';
import { moveInBall } from './euclidean.ts';

/** Starts off zero so that no two directions are equal. */
const FIRST_AMPLITUDE = 0.005;

/** Root mean square over a row and a column; SIG's waves of amplitude 20/255 have 0.055. */
const FIRST_RMS = 0.015;
const GROWTH = 1.3;
const BOUNDS = 10;

/**
 * x′(y, x) = clip(x(y, x) + a(x) + b(y)), the same for all channels: vertical and horizontal waves of any form and
 * frequency, after SIG (Barni et al. 2019, arXiv:1902.11237). Parameters: a [width], b [height].
 */
export function stripesTrigger(shape: ImageShape): AdjustableTrigger {
  const { height, width } = shape;
  const size = imageSize(shape);
  return {
    kind: 'stripes',
    description: 'stripes or waves across the image',
    unit: 'root mean square of the change along an axis',
    parameterCount: width + height,
    bounds: geometricBounds(FIRST_RMS, GROWTH, BOUNDS),
    start: (random) => Float32Array.from({ length: width + height }, () => 2 * FIRST_AMPLITUDE * (random.uniform() - 0.5)),
    at(parameters) {
      const picture = new Float32Array(size);
      for (let index = 0; index < size; index += 1) {
        picture[index] = (parameters[index % width] as number) + (parameters[width + (Math.floor(index / width) % height)] as number);
      }
      const added = addedPicture(picture, size);
      return {
        apply: added.apply,
        pullBack(images, from, gradient, at, sum) {
          const dense = new Float32Array(size);
          added.pullBack(images, from, gradient, at, dense);
          for (let index = 0; index < size; index += 1) {
            const column = index % width;
            const row = width + (Math.floor(index / width) % height);
            sum[column] = (sum[column] as number) + (dense[index] as number);
            sum[row] = (sum[row] as number) + (dense[index] as number);
          }
        },
      };
    },
    move: (parameters, direction, bound) => moveInBall(parameters, direction, bound * Math.sqrt((width + height) / 2)),
  };
}
