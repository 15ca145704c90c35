import { sha256Of } from '../artifacts/digest.ts';
import type { Digest } from '../artifacts/artifact.ts';
import type { SampleContent } from '../model/dataset.ts';
import { decodeImage } from './images/decode-image.ts';
import { imageEncoding } from './images/image-encoding.ts';
import type { Raster } from './images/raster.ts';
import { MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS } from './dataset-limits.ts';
import { createHash } from 'node:crypto';

/** A PNG or JPEG as a sample. Throws an Error that says what is wrong with it. */
export function encodedImage(bytes: Uint8Array): SampleContent {
  if (bytes.byteLength > MAX_IMAGE_BYTES) throw new Error(`it has ${String(bytes.byteLength)} bytes; at most ${String(MAX_IMAGE_BYTES)} are read of an image`);
  const raster = decodeImage(bytes, MAX_IMAGE_PIXELS);
  return { kind: 'image', channels: raster.channels, height: raster.height, width: raster.width, pixels: toPixels(raster), encoding: imageEncoding(bytes) };
}

function toPixels({ channels, height, width, values }: Raster): Uint8Array {
  const area = height * width;
  const pixels = new Uint8Array(channels * area);
  for (let pixel = 0; pixel < area; pixel += 1) {
    for (let channel = 0; channel < channels; channel += 1) pixels[channel * area + pixel] = Math.round(255 * (values[pixel * channels + channel] ?? 0));
  }
  return pixels;
}

/** The digest of what a sample is, whatever it was stored in: kind and shape, then the values. */
export function digestOfContent(content: SampleContent): Digest {
  switch (content.kind) {
    case 'text':
      return sha256Of(`text\n${content.text}`);
    case 'row':
      return sha256Of(`row\n${JSON.stringify(content.values)}`);
    case 'image':
      return digestOfBytes(`image\n${String(content.channels)},${String(content.height)},${String(content.width)}\n`, content.pixels);
    case 'series':
      return digestOfBytes(`series\n${String(content.channels)},${String(content.length)}\n`, new Uint8Array(content.values.buffer, content.values.byteOffset, content.values.byteLength));
  }
}

function digestOfBytes(head: string, bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(head).update(bytes).digest('hex')}`;
}

/** Bytes a decoded sample takes in memory, about. */
export function bytesOfContent(content: SampleContent): number {
  switch (content.kind) {
    case 'text':
      return 2 * content.text.length;
    case 'row':
      return content.values.reduce((sum: number, one) => sum + (typeof one === 'string' ? 16 + 2 * one.length : 16), 0);
    case 'image':
      return content.pixels.byteLength;
    case 'series':
      return content.values.byteLength;
  }
}
