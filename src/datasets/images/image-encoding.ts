import { sha256Of } from '../../artifacts/digest.ts';
import type { ImageEncoding } from '../../model/dataset.ts';
import { hasPngSignature } from './png-chunks.ts';

/** Traits are compared, not read: a few words each. */
const MAX_TRAIT_CHARACTERS = 200;

/** An image has some ten chunks or segments before its picture; whoever writes thousands hides something, and the first tell. */
const MAX_PARTS = 64;

/**
 * What the encoder of a PNG or JPEG left behind: the order of its parts, tables, depths, names of programs. Images of one
 * source share these; a subgroup that differs in them came another way. Takes bytes that have been decoded already.
 */
export function imageEncoding(bytes: Uint8Array): ImageEncoding {
  const isPng = hasPngSignature(bytes);
  const traits = new Map<string, string>();
  const set = (name: string, value: string): void => void traits.set(name, value.slice(0, MAX_TRAIT_CHARACTERS));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isPng) pngTraits(bytes, view, set);
  else jpegTraits(bytes, view, set);
  return { format: isPng ? 'png' : 'jpeg', bytes: bytes.byteLength, traits };
}

type Set = (name: string, value: string) => void;

function pngTraits(bytes: Uint8Array, view: DataView, set: Set): void {
  const chunks: string[] = [];
  for (let at = 8; at + 12 <= bytes.byteLength && chunks.length < MAX_PARTS;) {
    const length = view.getUint32(at);
    const name = latin1(bytes, at + 4, 4);
    const start = at + 8;
    if (start + length + 4 > bytes.byteLength) break;
    const isFirstPiece = name === 'IDAT' && !chunks.includes(name);
    // One picture is cut into any number of IDAT chunks.
    if (name !== 'IDAT' || chunks.at(-1) !== 'IDAT') chunks.push(name);
    if (name === 'IHDR' && length === 13) {
      set('bit depth', String(bytes[start + 8]));
      set('color type', String(bytes[start + 9]));
      set('interlace', String(bytes[start + 12]));
    }
    if (isFirstPiece) set('compression', `${String(bytes[start])} ${String((bytes[start + 1] ?? 0) >> 6)}`);
    if (name === 'pHYs' && length === 9) set('resolution', `${String(view.getUint32(start))}x${String(view.getUint32(start + 4))}/${String(bytes[start + 8])}`);
    if (name === 'gAMA' && length === 4) set('gamma', String(view.getUint32(start)));
    if (name === 'tEXt') textTrait(latin1(bytes, start, Math.min(length, 1024)), set);
    if (name === 'IEND') {
      if (start + 4 < bytes.byteLength) set('bytes behind the end', 'yes');
      break;
    }
    at = start + length + 4;
  }
  set('chunks', chunks.join(' '));
}

function textTrait(text: string, set: Set): void {
  const [key = '', value = ''] = text.split('\0', 2);
  set(key === 'Software' ? 'software' : `text ${key}`, value);
}

function jpegTraits(bytes: Uint8Array, view: DataView, set: Set): void {
  const segments: string[] = [];
  const tables: Uint8Array[] = [];
  for (let at = 2; at + 4 <= bytes.byteLength && segments.length < MAX_PARTS;) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = view.getUint16(at + 2);
    const start = at + 4;
    if (length < 2 || at + 2 + length > bytes.byteLength) break;
    segments.push(marker.toString(16));
    const content = bytes.subarray(start, at + 2 + length);
    if (marker === 0xdb) tables.push(content);
    if (marker >= 0xc0 && marker <= 0xc2 && content.length >= 6) {
      set('frame', marker.toString(16));
      set('precision', String(content[0]));
      set('sampling', Array.from({ length: Math.min(4, content[5] ?? 0) }, (_, index) => (content[7 + 3 * index] ?? 0).toString(16)).join(' '));
    }
    if (marker === 0xe0) set('app0', latin1(content, 0, 4));
    if (marker === 0xe0 && content.length >= 12) set('resolution', Buffer.from(content.subarray(7, 12)).toString('hex'));
    if (marker === 0xee) set('app14', latin1(content, 0, 5));
    if (marker === 0xfe) set('comment', latin1(content, 0, 100));
    if (marker === 0xdd) set('restart interval', 'yes');
    if (marker === 0xda) break;
    at += 2 + length;
  }
  set('segments', segments.join(' '));
  set('quantization', sha256Of(Buffer.concat(tables)).slice('sha256:'.length, 'sha256:'.length + 16));
}

function latin1(bytes: Uint8Array, from: number, length: number): string {
  return Buffer.from(bytes.subarray(from, from + length)).toString('latin1');
}
