import type { NpyDataType } from '../arrays/npy.ts';
import { invalidSamples } from './sample-error.ts';

export interface ValueScale {
  /** Values beyond are cut off. */
  readonly range: readonly [low: number, high: number];
  toPixel(value: number): number;
  readonly notes: readonly string[];
}

/** Rounding of a division by 255 in float16 must not make an image "not in [0, 1]". */
export const ROUNDING = 1e-3;

/**
 * How array values become pixels in [0, 1], by the range they have: 0..1, 0..255, 0..65535 (integers of 16 bits and
 * more), or -1..1. Anything else was normalized with a mean and standard deviation that are not in the file, so the
 * pixels cannot be recovered: `samples/invalid`.
 */
export function valueScale(rows: Iterable<Float64Array>, dataType: NpyDataType, place: string): ValueScale {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    for (const value of row) {
      if (!Number.isFinite(value)) throw invalidSamples('The images hold values that are not finite numbers.', place, 'Give images with values from 0 to 1 or from 0 to 255.');
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const integers = !dataType.startsWith('float');
  if (low >= 0 && high <= 1 && integers && dataType !== 'bool') return divided(1, ['The images are integers of 0 and 1; they were taken as black and white.']);
  if (low >= -ROUNDING && high <= 1 + ROUNDING) return divided(1, []);
  if (low >= 0 && high <= 255) return divided(255, integers ? [] : ['The images are floating-point values from 0 to 255; they were divided by 255.']);
  if (low >= 0 && high <= 65535 && integers) return divided(65535, ['The images are 16-bit values; they were divided by 65535.']);
  if (low >= -1 - ROUNDING && high <= 1 + ROUNDING) {
    return { range: [-1, 1], toPixel: (value) => clamp((value + 1) / 2), notes: ['The images have values from -1 to 1; they were taken as pixels scaled to that range.'] };
  }
  throw invalidSamples(
    `The images have values from ${low.toPrecision(4)} to ${high.toPrecision(4)}: they seem to be normalized already.`, place,
    'Save the images before normalization, with values from 0 to 1 or from 0 to 255; say mean and std in the policy.',
  );
}

function divided(by: number, notes: readonly string[]): ValueScale {
  return { range: [0, by], toPixel: (value) => clamp(value / by), notes };
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
