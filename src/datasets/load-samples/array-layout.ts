import type { SamplesTarget } from '../loaded-samples.ts';
import { invalidSamples } from './sample-error.ts';

export interface ArrayLayout {
  readonly order: 'nchw' | 'nhwc';
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly notes: readonly string[];
}

/** Sides beyond this in an array are a mistake in the layout, not an image. */
const MAX_SIDE = 16_384;

/**
 * Reads the layout off the shape: [n, c, h, w], [n, h, w, c], [n, h, w] (grey) or [n, values]. Where two readings are
 * possible the one that fits the model better is taken: first its size, then its channels, then NCHW. For a model that
 * takes vectors every shape with as many values is read in its own order; vectors are never resized.
 */
export function arrayLayout(shape: readonly number[], target: SamplesTarget, place: string): ArrayLayout {
  const values = shape.slice(1).reduce((product, size) => product * size, 1);
  const isVector = target.channels === 1 && target.height === 1 && target.width > 1;
  if (isVector && shape.length > 1 && values === target.width) return { order: 'nchw', channels: 1, height: 1, width: target.width, notes: [] };
  const readings = isVector ? [] : possibleReadings(shape, target).filter((one) => one.height > 0 && one.width > 0 && one.height <= MAX_SIDE && one.width <= MAX_SIDE);
  const fit = (one: Omit<ArrayLayout, 'notes'>): number =>
    (one.height === target.height && one.width === target.width ? 2 : 0) + (one.channels === target.channels ? 1 : 0);
  const [best, second] = [...readings].sort((first, other) => fit(other) - fit(first));
  if (best === undefined) {
    throw invalidSamples(
      `An array of shape [${shape.join(', ')}] is not images for an input of ${target.channels}x${target.height}x${target.width}.`, place,
      'Give images as [n, channels, height, width] or [n, height, width, channels].',
    );
  }
  const notes = [
    ...(second === undefined ? [] : [`The array's shape [${shape.join(', ')}] was read as [n, ${best.order === 'nchw' ? 'channels, height, width' : 'height, width, channels'}].`]),
    ...(shape.length === 2 && best.channels > 1 ? ['Rows of the array were read as channels, height, width.'] : []),
  ];
  return { ...best, notes };
}

function possibleReadings(shape: readonly number[], target: SamplesTarget): readonly Omit<ArrayLayout, 'notes'>[] {
  const [, second = 0, third = 0, fourth = 0] = shape;
  if (shape.length === 2) {
    if (second !== target.channels * target.height * target.width) return [];
    return [{ order: 'nchw', channels: target.channels, height: target.height, width: target.width }];
  }
  if (shape.length === 3) return [{ order: 'nchw', channels: 1, height: second, width: third }];
  if (shape.length !== 4) return [];
  const convertible = (channels: number): boolean => channels === target.channels || (channels === 1 && target.channels === 3) || (channels === 3 && target.channels === 1);
  return [
    ...(convertible(second) ? [{ order: 'nchw' as const, channels: second, height: third, width: fourth }] : []),
    ...(convertible(fourth) ? [{ order: 'nhwc' as const, channels: fourth, height: second, width: third }] : []),
  ];
}

/** One image of the array with its channels interleaved and its values as pixels. */
export function interleaved(row: Float64Array, layout: Pick<ArrayLayout, 'order' | 'channels' | 'height' | 'width'>, toPixel: (value: number) => number): Float32Array {
  const { channels } = layout;
  const area = layout.height * layout.width;
  if (layout.order === 'nhwc' || channels === 1) return Float32Array.from(row, toPixel);
  const values = new Float32Array(row.length);
  for (let channel = 0; channel < channels; channel += 1) {
    for (let pixel = 0; pixel < area; pixel += 1) values[pixel * channels + channel] = toPixel(row[channel * area + pixel] ?? 0);
  }
  return values;
}
