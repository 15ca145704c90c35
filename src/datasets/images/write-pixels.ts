import type { Raster } from './raster.ts';

/** ITU-R BT.601 luma, what Pillow's and OpenCV's conversions to grey use. */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * Writes a picture of the right size into `pixels` at `offset` as [channels, height, width]: grey is repeated into
 * three channels, color becomes luma in one. Returns false when the channel counts cannot be converted.
 */
export function writePixels(image: Raster, channels: number, pixels: Float32Array, offset: number): boolean {
  const area = image.width * image.height;
  if (image.channels === channels || image.channels === 1) {
    if (image.channels !== channels && channels !== 3) return false;
    for (let channel = 0; channel < channels; channel += 1) {
      const from = image.channels === 1 ? 0 : channel;
      for (let pixel = 0; pixel < area; pixel += 1) pixels[offset + channel * area + pixel] = image.values[pixel * image.channels + from] ?? 0;
    }
    return true;
  }
  if (image.channels !== 3 || channels !== 1) return false;
  for (let pixel = 0; pixel < area; pixel += 1) {
    const at = pixel * 3;
    // The three weights sum to one only up to rounding; white must stay white.
    pixels[offset + pixel] = Math.min(1, LUMA[0] * (image.values[at] ?? 0) + LUMA[1] * (image.values[at + 1] ?? 0) + LUMA[2] * (image.values[at + 2] ?? 0));
  }
  return true;
}
