import type { DatasetFacet, DatasetSample } from '../model/dataset.ts';
import type { ImageShape } from '../triggers/trigger.ts';

/**
 * Longest side at which images are compared. Larger ones are averaged down by a whole factor: what an image of 224 pixels shows at 64 is
 * coarser, and a table of statistics of 64 × 64 × 3 values still fits the memory of an inspection for a thousand classes.
 */
const MAX_SIDE = 64;

/** One image in the common shape: bytes, channels first. */
export interface FramedImage {
  readonly sample: DatasetSample;
  readonly pixels: Uint8Array;
}

export interface ImageFrames {
  readonly shape: ImageShape;
  /** Images of another number of channels cannot be compared and are left out. */
  images(signal: AbortSignal): AsyncIterable<FramedImage>;
}

/** The images of a dataset in one shape, that of its first image averaged down; undefined for a dataset that has none. */
export async function imageFrames(dataset: DatasetFacet, signal: AbortSignal): Promise<ImageFrames | undefined> {
  const first = await firstImage(dataset, signal);
  if (first === undefined) return undefined;
  const shape = frameShape(first);
  return {
    shape,
    async *images(stop) {
      for await (const sample of dataset.samples(stop)) {
        const { content } = sample;
        if (content.kind !== 'image' || content.channels !== shape.channels) continue;
        yield { sample, pixels: framed(content, shape) };
      }
    },
  };
}

/** The shape in which all images of a dataset are compared whose first one is this. */
export function frameShape({ channels, height, width }: ImageShape): ImageShape {
  const factor = Math.max(1, Math.ceil(Math.max(height, width) / MAX_SIDE));
  return { channels, height: Math.max(1, Math.floor(height / factor)), width: Math.max(1, Math.floor(width / factor)) };
}

async function firstImage(dataset: DatasetFacet, signal: AbortSignal): Promise<ImageShape | undefined> {
  for await (const { content } of dataset.samples(signal)) if (content.kind === 'image') return content;
  return undefined;
}

/** Area average over the pixels that fall on each of the frame's; the image itself where the sizes agree. Channels are those of the image. */
export function framed(image: ImageShape & { readonly pixels: Uint8Array }, { height, width }: Pick<ImageShape, 'height' | 'width'>): Uint8Array {
  const { channels } = image;
  if (image.height === height && image.width === width) return image.pixels;
  const result = new Uint8Array(channels * height * width);
  for (let channel = 0; channel < channels; channel += 1) {
    for (let row = 0; row < height; row += 1) {
      const [top, bottom] = spanOf(row, height, image.height);
      for (let column = 0; column < width; column += 1) {
        const [left, right] = spanOf(column, width, image.width);
        let sum = 0;
        for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) sum += image.pixels[(channel * image.height + y) * image.width + x] as number;
        result[(channel * height + row) * width + column] = Math.round(sum / ((bottom - top) * (right - left)));
      }
    }
  }
  return result;
}

function spanOf(at: number, count: number, size: number): readonly [from: number, to: number] {
  const from = Math.min(size - 1, Math.floor((at * size) / count));
  return [from, Math.max(from + 1, Math.min(size, Math.floor(((at + 1) * size) / count)))];
}
