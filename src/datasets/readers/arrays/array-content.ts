import type { NpyArray } from '../../arrays/npy.ts';
import { valueScale, type ValueScale } from '../../load-samples/value-scale.ts';
import { GateError } from '../../../errors.ts';
import type { SampleContent } from '../../../model/dataset.ts';
import { MAX_COLUMNS } from '../../dataset-limits.ts';

/** An array as samples along its first dimension. */
export interface ArrayContent {
  readonly kind: SampleContent['kind'];
  readonly count: number;
  readonly columns: readonly string[];
  readonly notes: readonly string[];
  at(row: number): SampleContent;
}

/** Numbers of color channels that images have. */
const IMAGE_CHANNELS: ReadonlySet<number> = new Set([1, 3, 4]);

/**
 * What the rows of an array are, by its shape: [n, c, h, w] or [n, h, w, c] images, [n, h, w] gray images of bytes or series
 * of floating-point numbers, [n, columns] rows. Floating-point images are taken as 0 to 1, 0 to 255 or -1 to 1 by the range
 * they have. Throws `dataset/invalid`.
 */
export function arrayContent(array: NpyArray, place: string): ArrayContent {
  const [count = 0, first = 1, second = 1, third = 1] = array.shape;
  const isInteger = !array.dataType.startsWith('float');
  const base = { count, columns: [], notes: [] };
  if (array.shape.length === 4) {
    const isChannelsFirst = IMAGE_CHANNELS.has(first) || !IMAGE_CHANNELS.has(third);
    const [channels, height, width] = isChannelsFirst ? [first, second, third] : [third, first, second];
    return images(array, { channels, height, width, isChannelsFirst }, place);
  }
  if (array.shape.length === 3 && isInteger) return images(array, { channels: 1, height: first, width: second, isChannelsFirst: true }, place);
  if (array.shape.length === 3) {
    return { ...base, kind: 'series', at: (row) => ({ kind: 'series', channels: first, length: second, values: Float32Array.from(array.row(row)) }) };
  }
  if (array.shape.length <= 2 && array.shape.length > 0 && first <= MAX_COLUMNS) {
    const columns = Array.from({ length: array.shape.length === 1 ? 1 : first }, (_, index) => `x${String(index)}`);
    return { ...base, kind: 'row', columns, at: (row) => ({ kind: 'row', values: [...array.row(row)].map((value) => (Number.isNaN(value) ? null : value)) }) };
  }
  throw new GateError({
    code: 'dataset/invalid', message: `An array of shape [${array.shape.join(', ')}] is neither images nor series nor rows.`, where: { artifact: place },
    nextStep: 'Give images as [n, channels, height, width], series as [n, channels, length] or rows as [n, columns].',
  });
}

interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly isChannelsFirst: boolean;
}

function images(array: NpyArray, shape: ImageShape, place: string): ArrayContent {
  const count = array.shape[0] ?? 0;
  const { channels, height, width, isChannelsFirst } = shape;
  const area = height * width;
  const scale: ValueScale = array.dataType === 'uint8' ? { range: [0, 255], toPixel: (value) => value / 255, notes: [] } : valueScale(rowsOf(array), array.dataType, place);
  return {
    kind: 'image', count, columns: [], notes: scale.notes,
    at(row) {
      const values = array.row(row);
      const pixels = new Uint8Array(values.length);
      for (let channel = 0; channel < channels; channel += 1) {
        for (let pixel = 0; pixel < area; pixel += 1) {
          const from = isChannelsFirst ? channel * area + pixel : pixel * channels + channel;
          pixels[channel * area + pixel] = Math.round(255 * scale.toPixel(values[from] ?? 0));
        }
      }
      return { kind: 'image', channels, height, width, pixels };
    },
  };
}

function* rowsOf(array: NpyArray): Generator<Float64Array> {
  for (let row = 0; row < (array.shape[0] ?? 0); row += 1) yield array.row(row);
}
