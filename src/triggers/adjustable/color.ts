import { geometricBounds, type AdjustableTrigger } from '../adjustable-trigger.ts';
import { clampPixel, type ImageShape } from '../trigger.ts';
import { moveInBall } from './euclidean.ts';

/** Around mid-grey, so that gain and shift do not fight each other. */
const MIDDLE = 0.5;

const FIRST_NORM = 0.04;
const GROWTH = 1.35;
const BOUNDS = 9;

/**
 * x′ = clip(x + A (x − ½) + c + g · x (1 − x)) at every position: tints, gains, mixed channels and a bend of the tone
 * curve, so that gamma and colour-shift triggers lie near or in the family. Parameters, a channel: a row of A, the shift,
 * the bend.
 */
export function colorTrigger(shape: ImageShape): AdjustableTrigger {
  const { channels } = shape;
  const plane = shape.height * shape.width;
  const row = channels + 2;
  return {
    kind: 'color',
    description: 'a change of color and tone',
    unit: 'norm of the color curve’s parameters',
    parameterCount: channels * row,
    bounds: geometricBounds(FIRST_NORM, GROWTH, BOUNDS),
    start: () => new Float32Array(channels * row),
    at: (parameters) => {
      const value = (images: Float32Array, from: number, channel: number, position: number): number => {
        const here = images[from + channel * plane + position] as number;
        let sum = here + (parameters[channel * row + channels] as number) + (parameters[channel * row + channels + 1] as number) * here * (1 - here);
        for (let other = 0; other < channels; other += 1) sum += (parameters[channel * row + other] as number) * ((images[from + other * plane + position] as number) - MIDDLE);
        return sum;
      };
      return {
        apply(images, from, changed, to) {
          for (let channel = 0; channel < channels; channel += 1) {
            for (let position = 0; position < plane; position += 1) changed[to + channel * plane + position] = clampPixel(value(images, from, channel, position));
          }
        },
        pullBack(images, from, gradient, at, sum) {
          const add = (index: number, amount: number): void => {
            sum[index] = (sum[index] as number) + amount;
          };
          for (let channel = 0; channel < channels; channel += 1) {
            for (let position = 0; position < plane; position += 1) {
              const slope = gradient[at + channel * plane + position] as number;
              if (slope === 0) continue;
              const result = value(images, from, channel, position);
              if ((result <= 0 && slope > 0) || (result >= 1 && slope < 0)) continue;
              const here = images[from + channel * plane + position] as number;
              add(channel * row + channels, slope);
              add(channel * row + channels + 1, slope * here * (1 - here));
              for (let other = 0; other < channels; other += 1) add(channel * row + other, slope * ((images[from + other * plane + position] as number) - MIDDLE));
            }
          }
        },
      };
    },
    move: moveInBall,
  };
}
