import { MAX_IMAGE_PIXELS } from '../../dataset-limits.ts';
import { ROUNDING, valueScale, type ValueScale } from '../../load-samples/value-scale.ts';
import type { PixelCell } from '../table/choose-columns.ts';
import type { Feature } from './features-of-example.ts';

/** The feature that holds the pixels of an image, row by row with the channels of a pixel beside each other, and how to read it. */
export interface RawImages {
  readonly name: string;
  readonly notes: readonly string[];
  /** Throws an Error where what the example says of its size does not go with what it holds. */
  imageOf(features: ReadonlyMap<string, Feature>): PixelCell;
}

/** Last parts of the names under which sizes are written, by what they count. */
const HEIGHTS = ['height', 'rows', 'h'] as const;
const WIDTHS = ['width', 'cols', 'columns', 'w'] as const;
const DEPTHS = ['depth', 'channels', 'c'] as const;

/** Of the features as long as the image has values, those of these names are asked first. */
const PIXELS = ['image_raw', 'raw', 'image', 'pixels', 'data', 'x'] as const;

/** Numbers of channels that images have, where the example does not say. */
const CHANNELS = [1, 3, 4] as const;

interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Finds the feature that holds raw pixels: of most examples it has as many bytes, integers or floating-point numbers as the features height, width and depth
 * (or channels; without it, 1, 3 or 4) multiply to. Numbers are taken as 0 to 1, 0 to 255 or -1 to 1 by the range they have in the examples given. Undefined where there is none.
 */
export function rawImages(examples: readonly ReadonlyMap<string, Feature>[]): RawImages | undefined {
  const [first] = examples;
  if (first === undefined) return undefined;
  const names = [...first.keys()];
  const named = (known: readonly string[]): string | undefined => known.map((one) => names.find((name) => lastPart(name) === one)).find((name) => name !== undefined);
  const [height, width, depth] = [named(HEIGHTS), named(WIDTHS), named(DEPTHS)];
  if (height === undefined || width === undefined) return undefined;
  const sizeOf = (features: ReadonlyMap<string, Feature>, values: number): Size => {
    const [high, wide, deep] = [wholeNumber(features.get(height)), wholeNumber(features.get(width)), depth === undefined ? undefined : wholeNumber(features.get(depth))];
    if (high === undefined || wide === undefined || (depth !== undefined && deep === undefined)) throw new Error(`its ${[height, width, ...(depth === undefined ? [] : [depth])].join(', ')} are no size of an image`);
    if (high * wide > MAX_IMAGE_PIXELS) throw new Error(`it says ${String(high)}x${String(wide)} pixels; at most ${String(MAX_IMAGE_PIXELS)} are read of an image`);
    const channels = CHANNELS.find((one) => (deep ?? one) === one && high * wide * one === values);
    if (channels === undefined) throw new Error(`it has ${String(values)} values and says ${String(high)}x${String(wide)}${deep === undefined ? '' : `x${String(deep)}`}`);
    return { height: high, width: wide, channels };
  };
  const fits = (features: ReadonlyMap<string, Feature>, name: string): boolean => {
    try {
      return sizeOf(features, valueCount(features.get(name))).height > 0;
    } catch {
      return false;
    }
  };
  const sizes = [height, width, depth];
  const name = [...PIXELS.flatMap((one) => names.filter((each) => lastPart(each) === one)), ...names].find((each) => !sizes.includes(each) && 2 * examples.filter((features) => fits(features, each)).length > examples.length);
  if (name === undefined) return undefined;
  const scale = scaleOf(examples, name);
  return {
    name, notes: scale.notes,
    imageOf(features) {
      const feature = features.get(name);
      return planes(feature, sizeOf(features, valueCount(feature)), scale);
    },
  };
}

function lastPart(name: string): string {
  return name.toLowerCase().split('/').at(-1) ?? '';
}

function wholeNumber(feature: Feature | undefined): number | undefined {
  if (feature === undefined || 'bytes' in feature || feature.numbers.length !== 1) return undefined;
  const [value = 0] = feature.numbers;
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function valueCount(feature: Feature | undefined): number {
  if (feature === undefined) return 0;
  return 'bytes' in feature ? (feature.bytes.length === 1 ? (feature.bytes[0]?.byteLength ?? 0) : 0) : feature.numbers.length;
}

function scaleOf(examples: readonly ReadonlyMap<string, Feature>[], name: string): ValueScale {
  const lists = examples.flatMap((features) => {
    const feature = features.get(name);
    return feature === undefined || 'bytes' in feature ? [] : [feature];
  });
  // Pixels of the few that are looked at may all be below 2 without being black and white: bytes say what they are, and integers are taken for bytes.
  if (lists.every(({ areIntegers }) => areIntegers)) return { range: [0, 255], toPixel: (value) => value / 255, notes: [] };
  return valueScale(lists.map(({ numbers }) => Float64Array.from(numbers)), 'float32', name);
}

function planes(feature: Feature | undefined, { height, width, channels }: Size, scale: ValueScale): PixelCell {
  const values = feature === undefined ? [] : 'bytes' in feature ? (feature.bytes[0] ?? []) : feature.numbers;
  const area = height * width;
  const pixels = new Uint8Array(channels * area);
  const [low, high] = scale.range;
  for (let pixel = 0; pixel < area; pixel += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const value = values[pixel * channels + channel] ?? 0;
      if (!(value >= low - ROUNDING && value <= high + ROUNDING)) throw new Error(`it has the value ${String(value)}; the pixels of the dataset lie between ${String(low)} and ${String(high)}`);
      pixels[channel * area + pixel] = Math.round(255 * scale.toPixel(value));
    }
  }
  return { kind: 'image', channels, height, width, pixels };
}
