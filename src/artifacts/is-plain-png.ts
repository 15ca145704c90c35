import { crc32 } from 'node:zlib';
import { MAX_PICTURE_BYTES, MAX_PICTURE_EDGE } from './limits.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;
/** Header, pixels, end, and nothing else: no text, no profile, nothing after the end that another program would read. */
const CHUNKS = ['IHDR', 'IDAT', 'IEND'] as const;

/**
 * Whether bytes from a process or a folder that is not trusted are a picture as this tool draws them: a gray or color PNG
 * of 8 bits within the limits, made of exactly the three necessary chunks with right checksums. The pixels stay compressed.
 */
export function isPlainPng(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_PICTURE_BYTES || !SIGNATURE.every((byte, index) => bytes[index] === byte)) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset: number = SIGNATURE.length;
  for (const expected of CHUNKS) {
    if (bytes.length - offset < 12) return false;
    const length = view.getUint32(offset);
    if (length > bytes.length - offset - 12) return false;
    const typed = bytes.subarray(offset + 4, offset + 8 + length);
    if (String.fromCharCode(...typed.subarray(0, 4)) !== expected || crc32(typed) !== view.getUint32(offset + 8 + length)) return false;
    if (expected === 'IHDR' && !isPlainHeader(typed.subarray(4))) return false;
    if (expected === 'IEND' && length > 0) return false;
    offset += 12 + length;
  }
  return offset === bytes.length;
}

function isPlainHeader(content: Uint8Array): boolean {
  if (content.length !== 13) return false;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const isSide = (side: number): boolean => side > 0 && side <= MAX_PICTURE_EDGE;
  const [depth, colorType, ...methods] = content.subarray(8);
  return isSide(view.getUint32(0)) && isSide(view.getUint32(4)) && depth === 8 && (colorType === 0 || colorType === 2) && methods.every((one) => one === 0);
}
