import { geometricBounds, type AdjustableTrigger } from '../adjustable-trigger.ts';
import { clampPixel, imageSize, type ImageShape } from '../trigger.ts';

/** Mask entries at the start: every pixel has a say, none decides. */
const FIRST_OPACITY = 0.005;

/** Largest change of one mask entry and of one pattern entry in a step. */
const MASK_STEP = 0.1;
const PATTERN_STEP = 0.15;

/** A pattern entry under an empty mask has no gradient; it moves as if the mask were this opaque there. */
const LEAST_OPACITY_OF_GRADIENT = 0.02;

/** Pattern gradients this far below the largest one move proportionally less instead of by their sign. */
const SIGN_SHARE = 20;

/** Bisections that find the shift of the projection; 30 halve the range to a part in a billion. */
const PROJECTION_STEPS = 30;

/** Smallest mask that is tried, in pixels, and the factor between masks: 24 sizes up to the whole image. */
const FIRST_AREA = 2;
const AREA_FACTOR = 4 / 3;

/**
 * x′ = (1 − m) · x + m · p with one mask for all channels, Σ m bounded (in pixels), m and p in [0, 1]: the trigger model of
 * Neural Cleanse (Wang et al., IEEE S&P 2019, section IV), with a bound in place of its penalty. Parameters: the mask
 * [height, width], then the pattern [channels, height, width].
 */
export function maskTrigger(shape: ImageShape): AdjustableTrigger {
  const plane = shape.height * shape.width;
  const size = imageSize(shape);
  const count = Math.max(1, Math.floor(Math.log(plane / FIRST_AREA) / Math.log(AREA_FACTOR)));
  return {
    kind: 'mask',
    description: 'a pattern under a mask',
    unit: 'pixels',
    parameterCount: plane + size,
    bounds: geometricBounds(FIRST_AREA, AREA_FACTOR, count),
    start(random) {
      const parameters = new Float32Array(plane + size).fill(FIRST_OPACITY, 0, plane);
      for (let index = plane; index < parameters.length; index += 1) parameters[index] = random.uniform();
      return parameters;
    },
    at: (parameters) => ({
      apply(images, from, changed, to) {
        for (let channel = 0; channel < shape.channels; channel += 1) {
          for (let position = 0; position < plane; position += 1) {
            const opacity = parameters[position] as number;
            const index = channel * plane + position;
            changed[to + index] = (1 - opacity) * (images[from + index] as number) + opacity * (parameters[plane + index] as number);
          }
        }
      },
      pullBack(images, from, gradient, at, sum) {
        for (let channel = 0; channel < shape.channels; channel += 1) {
          for (let position = 0; position < plane; position += 1) {
            const index = channel * plane + position;
            const slope = gradient[at + index] as number;
            sum[position] = (sum[position] as number) + slope * ((parameters[plane + index] as number) - (images[from + index] as number));
            sum[plane + index] = (sum[plane + index] as number) + slope * Math.max(parameters[position] as number, LEAST_OPACITY_OF_GRADIENT);
          }
        }
      },
    }),
    move(parameters, direction, bound) {
      const mask = parameters.subarray(0, plane);
      const steepest = largestMagnitude(direction, 0, plane);
      if (steepest > 0) for (let index = 0; index < plane; index += 1) mask[index] = (mask[index] as number) - (MASK_STEP * (direction[index] as number)) / steepest;
      projectOnArea(mask, bound);
      const steepestPattern = largestMagnitude(direction, plane, direction.length);
      if (steepestPattern === 0) return;
      for (let index = plane; index < parameters.length; index += 1) {
        const slope = (direction[index] as number) / steepestPattern;
        parameters[index] = clampPixel((parameters[index] as number) - PATTERN_STEP * Math.sign(slope) * Math.min(1, SIGN_SHARE * Math.abs(slope)));
      }
    },
  };
}

function largestMagnitude(values: Float32Array, from: number, to: number): number {
  let largest = 0;
  for (let index = from; index < to; index += 1) largest = Math.max(largest, Math.abs(values[index] as number));
  return largest;
}

/** The nearest mask with entries in [0, 1] whose sum is at most `area`: all entries are lowered by the same amount. In place. */
export function projectOnArea(mask: Float32Array, area: number): void {
  const sumAt = (shift: number): number => {
    let sum = 0;
    for (const value of mask) sum += clampPixel(value - shift);
    return sum;
  };
  let shift = 0;
  if (sumAt(0) > area) {
    let low = 0;
    let high = mask.reduce((most, value) => Math.max(most, value), 0);
    for (let step = 0; step < PROJECTION_STEPS; step += 1) {
      const middle = (low + high) / 2;
      if (sumAt(middle) > area) low = middle;
      else high = middle;
    }
    shift = high;
  }
  for (let index = 0; index < mask.length; index += 1) mask[index] = clampPixel((mask[index] as number) - shift);
}
