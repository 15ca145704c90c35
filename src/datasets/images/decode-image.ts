import { convertIndexedToRgb, decode as decodePngFile, type DecodedPng } from 'fast-png';
import { decode as decodeJpegFile } from 'jpeg-js';
import { checkJpeg, hasJpegSignature } from './jpeg-markers.ts';
import { hasPngSignature, picturePng } from './png-chunks.ts';
import type { Raster } from './raster.ts';

/** jpeg-js counts what it allocates itself; 40 megapixels of color need about 480 MB of it. */
const MAX_JPEG_MEGABYTES = 768;

/**
 * Decodes a PNG or JPEG, told apart by its first bytes. Whole or not at all: a truncated or damaged file throws an
 * Error whose message says what is wrong, and no picture larger than `maxPixels` is ever expanded.
 */
export function decodeImage(bytes: Uint8Array, maxPixels: number): Raster {
  if (hasPngSignature(bytes)) return decodePng(bytes, maxPixels);
  if (hasJpegSignature(bytes)) return decodeJpeg(bytes, maxPixels);
  throw new Error('neither a PNG nor a JPEG');
}

function decodePng(bytes: Uint8Array, maxPixels: number): Raster {
  const picture = picturePng(bytes, maxPixels);
  const png = decodePngFile(picture.bytes);
  if (png.width !== picture.header.width || png.height !== picture.header.height) throw new Error('the PNG decoder disagrees with the header');
  if (png.palette !== undefined) return fromPalette(png, png.palette[0]?.length ?? 3);
  const values = unpack(png);
  if (png.transparency !== undefined && png.transparency.length > 0) return withTransparentColor(png, values, png.transparency);
  return overBlack(png.width, png.height, png.channels, values);
}

function fromPalette(png: DecodedPng, entryLength: number): Raster {
  const colors = convertIndexedToRgb(png);
  // An index beyond the palette leaves a hole that reads as black; the specification calls it an error.
  if (colors.length !== png.width * png.height * entryLength) throw new Error('the PNG’s pixels do not fit its palette');
  return overBlack(png.width, png.height, entryLength, scaled(colors, 255));
}

/** Values in [0, 1]; depths 1, 2 and 4 come packed, each row on a byte boundary. */
function unpack(png: DecodedPng): Float32Array {
  if (png.depth === 16) return scaled(png.data, 65535);
  if (png.depth === 8) return scaled(png.data, 255);
  const { width, height, depth } = png;
  const values = new Float32Array(width * height);
  const perByte = 8 / depth;
  const rowBytes = Math.ceil(width / perByte);
  const top = 2 ** depth - 1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const byte = png.data[y * rowBytes + Math.floor(x / perByte)] ?? 0;
      values[y * width + x] = ((byte >> (8 - depth * ((x % perByte) + 1))) & top) / top;
    }
  }
  return values;
}

/** A tRNS chunk of a grey or color PNG names one color that is transparent. */
function withTransparentColor(png: DecodedPng, values: Float32Array, transparent: Uint16Array): Raster {
  const top = 2 ** png.depth - 1;
  const { channels } = png;
  const result = new Float32Array(values);
  let composited = false;
  for (let at = 0; at < values.length; at += channels) {
    let matches = true;
    for (let channel = 0; channel < channels && matches; channel += 1) matches = Math.round((values[at + channel] ?? 0) * top) === transparent[channel];
    if (!matches) continue;
    composited = true;
    result.fill(0, at, at + channels);
  }
  return { width: png.width, height: png.height, channels, values: result, ...(composited ? { composited } : {}) };
}

/** Lays a picture with alpha (2 or 4 channels) over black. */
function overBlack(width: number, height: number, channels: number, values: Float32Array): Raster {
  if (channels === 1 || channels === 3) return { width, height, channels, values };
  const colors = channels - 1;
  const result = new Float32Array(width * height * colors);
  let composited = false;
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const alpha = values[pixel * channels + colors] ?? 0;
    if (alpha < 1) composited = true;
    for (let channel = 0; channel < colors; channel += 1) result[pixel * colors + channel] = (values[pixel * channels + channel] ?? 0) * alpha;
  }
  return { width, height, channels: colors, values: result, ...(composited ? { composited } : {}) };
}

function decodeJpeg(bytes: Uint8Array, maxPixels: number): Raster {
  const frame = checkJpeg(bytes, maxPixels);
  const { width, height, data } = decodeJpegFile(bytes, {
    useTArray: true, formatAsRGBA: false, tolerantDecoding: false, maxResolutionInMP: maxPixels / 1e6, maxMemoryUsageInMB: MAX_JPEG_MEGABYTES,
  });
  if (width !== frame.width || height !== frame.height || data.length !== width * height * 3) throw new Error('the JPEG decoder disagrees with the header');
  const channels = frame.components === 1 ? 1 : 3;
  return { width, height, channels, values: scaled(channels === 3 ? data : data.filter((_, index) => index % 3 === 0), 255) };
}

function scaled(data: ArrayLike<number>, top: number): Float32Array {
  const values = new Float32Array(data.length);
  for (let index = 0; index < values.length; index += 1) values[index] = (data[index] ?? 0) / top;
  return values;
}
