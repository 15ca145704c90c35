import { crc32, inflateSync } from 'node:zlib';

/** What the header of a PNG says, checked against the specification (ISO/IEC 15948). */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  readonly interlaced: boolean;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;
const DEPTHS: Readonly<Record<number, readonly number[]>> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const PICTURE_CHUNKS: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);
/** First row, first column, row step, column step of the seven Adam7 passes. */
const ADAM7 = [[0, 0, 8, 8], [0, 4, 8, 8], [4, 0, 8, 4], [0, 2, 4, 4], [2, 0, 4, 2], [0, 1, 2, 2], [1, 0, 2, 1]] as const;

export function hasPngSignature(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/**
 * Walks every chunk, checks lengths, checksums and order, proves that the pixel data inflate to exactly the size the
 * header announces, and returns the file reduced to the chunks that make the picture. The decoder behind it inflates
 * whatever it is given (color profiles too) without a bound, so it must never see the original (CWE-409).
 * Throws an Error whose message says what is wrong.
 */
export function picturePng(bytes: Uint8Array, maxPixels: number): { readonly header: PngHeader; readonly bytes: Uint8Array } {
  if (!hasPngSignature(bytes)) throw new Error('not a PNG');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  const data: Uint8Array[] = [];
  const seen = new Set<string>();
  let header: PngHeader | undefined;
  let offset = 8;
  let ended = false;
  while (!ended) {
    if (bytes.length - offset < 12) throw new Error('truncated PNG: it ends before its IEND chunk');
    const length = view.getUint32(offset);
    if (length > bytes.length - offset - 12) throw new Error('truncated PNG: a chunk is longer than the file');
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    const content = bytes.subarray(offset + 8, offset + 8 + length);
    if (crc32(bytes.subarray(offset + 4, offset + 8 + length)) !== view.getUint32(offset + 8 + length)) {
      throw new Error(`the checksum of the PNG's ${/^[A-Za-z]{4}$/.test(type) ? type : 'unnamed'} chunk does not match`);
    }
    if (header === undefined && type !== 'IHDR') throw new Error('the PNG does not start with its header');
    if (type !== 'IDAT' && seen.has(type) && PICTURE_CHUNKS.has(type)) throw new Error(`the PNG has more than one ${type} chunk`);
    if ((type === 'PLTE' || type === 'tRNS') && data.length > 0) throw new Error(`the PNG's ${type} chunk comes after its pixels`);
    if (type === 'IHDR') header = readHeader(content, maxPixels);
    if (type === 'IDAT') data.push(content);
    // Outside of palette images PLTE is a mere suggestion, which the decoder would take for the palette.
    if (type === 'PLTE' && (length === 0 || length > 768)) throw new Error('the PNG’s palette has an impossible length');
    if (PICTURE_CHUNKS.has(type) && (type !== 'PLTE' || header?.colorType === 3)) kept.push(bytes.subarray(offset, offset + 12 + length));
    seen.add(type);
    offset += 12 + length;
    ended = type === 'IEND';
  }
  if (header === undefined || data.length === 0) throw new Error('the PNG has no pixels');
  if (header.colorType === 3 && !seen.has('PLTE')) throw new Error('the PNG uses a palette it does not have');
  checkPixelBytes(header, data);
  return { header, bytes: Buffer.concat(kept) };
}

function readHeader(content: Uint8Array, maxPixels: number): PngHeader {
  if (content.length !== 13) throw new Error('the PNG header has the wrong length');
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colorType, interlace] = [view.getUint8(8), view.getUint8(9), view.getUint8(12)];
  if (width === 0 || height === 0) throw new Error('the PNG has no extent');
  if (width * height > maxPixels) throw new Error(`the image has ${width}x${height} pixels; at most ${maxPixels} are read`);
  if (DEPTHS[colorType]?.includes(depth) !== true) throw new Error(`the PNG's color type ${colorType} with depth ${depth} does not exist`);
  if (view.getUint8(10) !== 0 || view.getUint8(11) !== 0 || interlace > 1) throw new Error('the PNG header names a method that does not exist');
  if (interlace === 1 && depth < 8) throw new Error('interlaced PNGs of fewer than 8 bits are not read');
  return { width, height, depth, colorType, interlaced: interlace === 1 };
}

/** Bytes of the filtered scanlines, without compression. */
export function pixelBytes(header: PngHeader): number {
  const bitsPerPixel = (CHANNELS[header.colorType] ?? 0) * header.depth;
  const passBytes = (width: number, height: number): number => (width === 0 || height === 0 ? 0 : height * (1 + Math.ceil((width * bitsPerPixel) / 8)));
  if (!header.interlaced) return passBytes(header.width, header.height);
  return ADAM7.reduce((sum, [row, column, rowStep, columnStep]) => {
    return sum + passBytes(Math.ceil((header.width - column) / columnStep), Math.ceil((header.height - row) / rowStep));
  }, 0);
}

function checkPixelBytes(header: PngHeader, data: readonly Uint8Array[]): void {
  const expected = pixelBytes(header);
  let inflated: Uint8Array;
  try {
    inflated = inflateSync(data.length === 1 && data[0] !== undefined ? data[0] : Buffer.concat(data), { maxOutputLength: expected });
  } catch (error) {
    throw new Error('the PNG’s pixels cannot be decompressed, or are more than its header announces', { cause: error });
  }
  if (inflated.length !== expected) throw new Error('truncated PNG: it has fewer pixels than its header announces');
}
