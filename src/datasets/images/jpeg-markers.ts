export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
}

const START_OF_IMAGE = 0xd8;
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
/** Baseline, extended sequential and progressive Huffman coding; the others are not read by any common loader. */
const READABLE_FRAMES: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
const TABLES_THAT_LOOK_LIKE_FRAMES: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);
/** A progressive file has about ten scans. Each costs a pass over all pixels, so thousands are an attack (CWE-400). */
const MAX_SCANS = 100;

export function hasJpegSignature(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === START_OF_IMAGE && bytes[2] === 0xff;
}

/**
 * Walks the markers up to the end-of-image marker before the decoder sees the file: past the end of its input that
 * decoder reads zero bits, so a truncated file would come out as a partial picture. Throws an Error that says what is
 * wrong. Bytes after the end-of-image marker are allowed, as cameras append to it.
 */
export function checkJpeg(bytes: Uint8Array, maxPixels: number): JpegFrame {
  if (!hasJpegSignature(bytes)) throw new Error('not a JPEG');
  let frame: JpegFrame | undefined;
  let scans = 0;
  let offset = 2;
  for (;;) {
    const marker = nextMarker(bytes, offset);
    offset = marker.end;
    if (marker.code === END_OF_IMAGE) break;
    if (marker.code === START_OF_IMAGE || (marker.code >= 0xd0 && marker.code <= 0xd7)) throw new Error('the JPEG has a marker out of place');
    if (bytes.length - offset < 2) throw truncated();
    const length = ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
    if (length < 2) throw new Error('the JPEG has a segment of impossible length');
    if (length > bytes.length - offset) throw truncated();
    if (marker.code >= 0xc0 && marker.code <= 0xcf && !TABLES_THAT_LOOK_LIKE_FRAMES.has(marker.code)) {
      if (frame !== undefined) throw new Error('the JPEG has more than one frame');
      frame = readFrame(bytes.subarray(offset + 2, offset + length), marker.code, maxPixels);
    }
    offset += length;
    if (marker.code !== START_OF_SCAN) continue;
    scans += 1;
    if (scans > MAX_SCANS) throw new Error(`the JPEG has more than ${MAX_SCANS} scans`);
    offset = endOfScan(bytes, offset);
  }
  if (frame === undefined || scans === 0) throw new Error('the JPEG has no picture in it');
  return frame;
}

function readFrame(content: Uint8Array, code: number, maxPixels: number): JpegFrame {
  if (!READABLE_FRAMES.has(code)) throw new Error('the JPEG uses lossless or arithmetic coding, which is not read');
  if (content.length < 6) throw truncated();
  const [precision, height, width, components] = [
    content[0] ?? 0, ((content[1] ?? 0) << 8) | (content[2] ?? 0), ((content[3] ?? 0) << 8) | (content[4] ?? 0), content[5] ?? 0,
  ];
  if (precision !== 8) throw new Error('the JPEG has samples of other than 8 bits, which are not read');
  if (width === 0 || height === 0) throw new Error('the JPEG has no extent');
  if (components !== 1 && components !== 3 && components !== 4) throw new Error(`the JPEG has ${components} components`);
  if (content.length !== 6 + 3 * components) throw new Error('the JPEG’s frame header has the wrong length');
  if (width * height > maxPixels) throw new Error(`the image has ${width}x${height} pixels; at most ${maxPixels} are read`);
  return { width, height, components };
}

function nextMarker(bytes: Uint8Array, start: number): { readonly code: number; readonly end: number } {
  let offset = start;
  if (offset >= bytes.length) throw truncated();
  if (bytes[offset] !== 0xff) throw new Error('the JPEG has bytes between its segments');
  while (bytes[offset] === 0xff) offset += 1;
  const code = bytes[offset];
  if (code === undefined) throw truncated();
  if (code === 0) throw new Error('the JPEG has bytes between its segments');
  return { code, end: offset + 1 };
}

/** Entropy-coded bytes run until a marker that is neither a stuffed zero nor a restart. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let offset = bytes.indexOf(0xff, start); offset !== -1; offset = bytes.indexOf(0xff, offset + 1)) {
    const next = bytes[offset + 1];
    if (next === undefined) break;
    const inScan = next === 0 || (next >= 0xd0 && next <= 0xd7);
    if (!inScan && next !== 0xff) return offset;
  }
  throw truncated();
}

function truncated(): Error {
  return new Error('truncated JPEG: it ends before its end-of-image marker');
}
