import { GateError } from '../errors.ts';
import type { DatasetSample } from '../model/dataset.ts';
import type { Raster } from './images/raster.ts';
import { resize } from './images/resize.ts';
import { writePixels } from './images/write-pixels.ts';

/** An image sample as a picture: channels interleaved, values in [0, 1]. */
export function imageOfSample({ content, id }: Pick<DatasetSample, 'content' | 'id'>): Raster {
  if (content.kind !== 'image') throw new GateError({ code: 'dataset/invalid', message: `${id} is no image.` });
  const { channels, height, width, pixels } = content;
  const area = height * width;
  const values = new Float32Array(pixels.length);
  for (let channel = 0; channel < channels; channel += 1) {
    for (let pixel = 0; pixel < area; pixel += 1) values[pixel * channels + channel] = (pixels[channel * area + pixel] ?? 0) / 255;
  }
  return { width, height, channels, values };
}

/** The picture in another size and number of channels, channels first, 0 to 255. Throws `dataset/invalid` where channels cannot be converted. */
export function pixelsOfSample(image: Raster, target: { readonly channels: number; readonly height: number; readonly width: number }): Uint8Array {
  const floats = new Float32Array(target.channels * target.height * target.width);
  if (!writePixels(resize(image, target.width, target.height), target.channels, floats, 0)) {
    throw new GateError({
      code: 'dataset/invalid', message: `The images have ${String(image.channels)} channels, and the model takes ${String(target.channels)}.`,
      nextStep: 'Name the model that was trained on this dataset.',
    });
  }
  return Uint8Array.from(floats, (value) => Math.round(255 * value));
}
