import { gunzipSync, inflateSync } from 'node:zlib';
import { atMost } from '../../artifacts/at-most.ts';
import { bytesBetween } from '../../artifacts/bytes-between.ts';
import type { ByteRange, ByteSource } from '../../artifacts/byte-source.ts';
import { decodeMember } from '../../artifacts/decode-member.ts';
import { memorySource } from '../../artifacts/memory-source.ts';
import { GateError } from '../../errors.ts';
import { latin1 } from './literals.ts';
import type { SeenLiteral } from './machine.ts';
import { looksLikePickle } from './looks-like-pickle.ts';
import { MIN_NESTED_BYTES } from './pickle-limits.ts';

/** How a value stands for other bytes. */
export type Wrapping = 'base64' | 'base32' | 'hexadecimal' | 'zlib' | 'gzip' | Slow | 'escapes' | 'characters';

/** Packings that are unpacked piece by piece, and only when their turn comes: their beginnings are telling enough. */
type Slow = 'bzip2' | 'xz' | 'lzma';

/** A value that seems to hold a pickle, maybe in wrappings. */
export interface HiddenPickle {
  /** Offset of the opcode that wrote the value. */
  readonly atom: number;
  readonly range: ByteRange;
  readonly kind: SeenLiteral['kind'];
}

/** Wrappings inside of wrappings: base64 of zlib of base64 is what attack tools reach. */
const MAX_WRAPPINGS = 6;

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const BASE32 = /^[A-Z2-7]+=*$/;
const HEXADECIMAL = /^[0-9a-fA-F]+$/;

/** Whether the value, of which these are the first bytes, seems to hold a pickle. Cheap: it is asked of every text. */
export function seemsHidden({ head, kind, length }: SeenLiteral): boolean {
  return length >= MIN_NESTED_BYTES && isWorthALook(head) && mayHold(kind === 'escaped' ? unescapedBytes(head) : head, head.length < length, 0);
}

/** Bytes with which a pickle or something packed begins: a few comparisons that most texts do not pass. */
const BEGINNINGS = new Uint8Array(256);
for (const byte of [0x80, 0xc2, 0xfd, 0x42, 0x1f, 0x78, 0x58, 0x68, 0x38, 0x48, 0x28, 0x5d, 0x7d, 0x29]) BEGINNINGS[byte] = 1;
/** The alphabets of base64, with line ends. */
const ENCODED = new Uint8Array(256);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-\r\n') ENCODED[character.charCodeAt(0)] = 1;

function isWorthALook(head: Uint8Array): boolean {
  const first = head[0] ?? 0;
  if (BEGINNINGS[first] === 1) return true;
  if (head.length >= MIN_ENCODED_CHARACTERS) {
    let at = 0;
    while (at < MIN_ENCODED_CHARACTERS && ENCODED[head[at] ?? 0] === 1) at += 1;
    if (at === MIN_ENCODED_CHARACTERS) return true;
  }
  return head.includes(10);
}

function mayHold(head: Uint8Array, isCut: boolean, depth: number): boolean {
  if (depth > MAX_WRAPPINGS || head.length < MIN_NESTED_BYTES) return false;
  if (looksLikePickle(head, isCut) !== 'no') return true;
  return wrappingsOf(head, isCut).some((wrapping) => {
    if (isSlow(wrapping)) return true;
    const inner = unwrap(head, wrapping, isCut ? 'beginning' : 'whole', HEAD_LIMIT);
    return inner !== undefined && mayHold(inner, isCut, depth + 1);
  });
}

/** Bytes of a beginning that are unwrapped to see what they are. */
const HEAD_LIMIT = 1024;

/** What the first bytes may be wrapped in: '80' is hexadecimal, base64 and the beginning of zlib at once. */
function wrappingsOf(head: Uint8Array, isCut: boolean): readonly Wrapping[] {
  const [first = 0, second = 0, third = 0] = head;
  if (first === 0x1f && second === 0x8b && third === 8) return ['gzip'];
  const slow = slowPacking(head);
  if (slow !== undefined) return [slow];
  const wrappings: Wrapping[] = [];
  // Before the rest: the characters of a text may begin like anything.
  if (narrowed(head, isCut) !== undefined) wrappings.push('characters');
  if (isTextual(first) && isTextual(second)) {
    const text = latin1(head).replace(/\s/g, '');
    if (text.length >= MIN_ENCODED_CHARACTERS) {
      if (HEXADECIMAL.test(text) && (isCut || text.length % 2 === 0)) wrappings.push('hexadecimal');
      if (BASE32.test(text)) wrappings.push('base32');
      if (BASE64.test(text) && (isCut || text.length % 4 !== 1)) wrappings.push('base64');
    }
  }
  if ((first & 0x0f) === 8 && first >> 4 <= 7 && (first * 256 + second) % 31 === 0) wrappings.push('zlib');
  return wrappings;
}

/** Nine bytes take so many characters in base64. */
const MIN_ENCODED_CHARACTERS = 12;

const isTextual = (byte: number): boolean => (byte >= 0x30 && byte <= 0x7a) || byte === 0x2b || byte === 0x2d || byte === 0x2f || byte === 0x0a;

/** The bytes inside; undefined where they are not what they seem, or more than `limit`. */
function unwrap(bytes: Uint8Array, wrapping: Exclude<Wrapping, Slow>, part: 'beginning' | 'whole', limit: number): Uint8Array | undefined {
  switch (wrapping) {
    case 'base64': {
      const text = latin1(bytes).replace(/\s/g, '');
      return Buffer.from(part === 'whole' ? text : text.slice(0, text.length - (text.length % 4)), 'base64');
    }
    case 'base32':
      return fromBase32(latin1(bytes).replace(/[\s=]/g, ''));
    case 'hexadecimal': {
      const text = latin1(bytes).replace(/\s/g, '');
      return Buffer.from(text.slice(0, text.length - (text.length % 2)), 'hex');
    }
    case 'escapes':
      return unescapedBytes(bytes);
    case 'characters':
      return narrowed(bytes, part === 'beginning');
    case 'zlib':
    case 'gzip':
      return inflated(bytes, wrapping, part, limit);
  }
}

/** The bytes that a text stands for whose characters are bytes, as protocols 0 to 2 write them; undefined for any other UTF-8, and where it would make no difference. */
function narrowed(bytes: Uint8Array, isCut: boolean): Uint8Array | undefined {
  const result = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) result[length] = byte;
    else if (byte !== 0xc2 && byte !== 0xc3) return undefined;
    else if (at + 1 === bytes.length) return isCut && length > 0 ? bytesBetween(result, 0, length) : undefined;
    else {
      at += 1;
      const next = bytes[at] ?? 0;
      if (next >> 6 !== 2) return undefined;
      result[length] = ((byte & 3) << 6) | (next & 0x3f);
    }
    length += 1;
  }
  return length === bytes.length ? undefined : bytesBetween(result, 0, length);
}

function inflated(bytes: Uint8Array, wrapping: 'zlib' | 'gzip', part: 'beginning' | 'whole', limit: number): Uint8Array | undefined {
  // Z_SYNC_FLUSH takes what there is for enough.
  const options = { maxOutputLength: part === 'beginning' ? 4 * 1024 * 1024 : limit, ...(part === 'beginning' ? { finishFlush: 2 } : {}) };
  try {
    return wrapping === 'zlib' ? inflateSync(bytes, options) : gunzipSync(bytes, options);
  } catch (error) {
    if (part === 'whole' && isTooLong(error)) throw error;
    return undefined;
  }
}

const BZIP2_BEGINNING = /^BZh[1-9]1AY&SY/;
const XZ_BEGINNING = '\xfd7zXZ\0';
function slowPacking(head: Uint8Array): Slow | undefined {
  const beginning = latin1(atMost(head, 16));
  if (BZIP2_BEGINNING.test(beginning)) return 'bzip2';
  if (beginning.startsWith(XZ_BEGINNING)) return 'xz';
  return isLzma(head) ? 'lzma' : undefined;
}

/** The usual properties, a dictionary of 64 KiB or more, and an unpacked size that is less than 2^32 or left open. */
function isLzma(head: Uint8Array): boolean {
  if (head.length < 14) return false;
  const size = [...bytesBetween(head, 5, 13)];
  return head[0] === 0x5d && head[1] === 0 && head[2] === 0 && head[13] === 0 && (size.slice(4).every((byte) => byte === 0) || size.every((byte) => byte === 0xff));
}

const isSlow = (wrapping: Wrapping): wrapping is Slow => wrapping === 'bzip2' || wrapping === 'xz' || wrapping === 'lzma';

/** The bytes inside; undefined where the packing breaks, or where its beginning is that of no pickle: then the rest is left packed. */
async function unpackedSlowly(bytes: Uint8Array, encoding: Slow, limit: number, depth: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let isKnown = false;
  try {
    for await (const piece of decodeMember(memorySource(bytes), { offset: 0, length: bytes.length, encoding })) {
      length += piece.length;
      if (length > limit) throw tooLong();
      pieces.push(Uint8Array.from(piece));
      if (isKnown || length < HEAD_LIMIT) continue;
      if (!mayHold(atMost(Buffer.concat(pieces), HEAD_LIMIT), length > HEAD_LIMIT, depth + 1)) return undefined;
      isKnown = true;
    }
  } catch (error) {
    // What came out before a packing breaks is what a patient program gets.
    if (!(error instanceof GateError)) throw error;
  }
  return length === 0 ? undefined : Buffer.concat(pieces);
}

const BASE32_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function fromBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let [held, bits, length] = [0, 0, 0];
  for (const character of text) {
    held = ((held << 5) | BASE32_ALPHABET.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length] = held >> bits;
    length += 1;
  }
  return bytes;
}

function tooLong(): Error {
  return Object.assign(new Error('too long'), { code: 'ERR_BUFFER_TOO_LARGE' });
}

export function isTooLong(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

/** The bytes an escaped line of protocol 0 stands for, its quotation marks aside. */
function unescapedBytes(bytes: Uint8Array): Uint8Array {
  const text = latin1(bytes).replace(/^['"]|['"]\s*$/g, '');
  if (!text.includes('\\')) return Buffer.from(text, 'latin1');
  const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' };
  const plain = text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[0-7]{1,3}|[^])/g, (whole, escape: string) => {
    if (/^[xu]./.test(escape)) return String.fromCharCode(Number.parseInt(escape.slice(1), 16) & 0xff);
    if (/^[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8) & 0xff);
    return named[escape] ?? whole;
  });
  return Buffer.from(plain, 'latin1');
}

export interface UnwrappedPickle {
  readonly source: ByteSource;
  readonly wrappings: readonly Wrapping[];
}

/**
 * The bytes a value stands for once all wrappings are off. Throws what zlib throws when they are more than `limit`
 * ({@link isTooLong}); undefined where the value turns out to be something else.
 */
export async function unwrapHidden(outer: ByteSource, { range, kind }: Pick<HiddenPickle, 'range' | 'kind'>, limit: number): Promise<UnwrappedPickle | undefined> {
  const wrappings: Wrapping[] = [];
  const head = await outer.read(range.offset, Math.min(range.length, HEAD_LIMIT));
  if (kind !== 'escaped' && looksLikePickle(head, head.length < range.length) !== 'no') return { source: partOf(outer, range), wrappings };
  if (range.length > limit) throw tooLong();
  let bytes = await outer.read(range.offset, range.length);
  if (kind === 'escaped') {
    bytes = unescapedBytes(bytes);
    wrappings.push('escapes');
  }
  const inner = await unwrapAll(bytes, limit, 0);
  return inner === undefined ? undefined : { source: memorySource(inner.bytes), wrappings: [...wrappings, ...inner.wrappings] };
}

async function unwrapAll(bytes: Uint8Array, limit: number, depth: number): Promise<{ readonly bytes: Uint8Array; readonly wrappings: readonly Wrapping[] } | undefined> {
  const head = atMost(bytes, HEAD_LIMIT);
  const isCut = bytes.length > HEAD_LIMIT;
  if (looksLikePickle(head, isCut) !== 'no') return { bytes, wrappings: [] };
  if (depth > MAX_WRAPPINGS) return undefined;
  for (const wrapping of wrappingsOf(head, isCut)) {
    const unwrapped = isSlow(wrapping) ? await unpackedSlowly(bytes, wrapping, limit, depth) : unwrap(bytes, wrapping, 'whole', limit);
    const inner = unwrapped === undefined ? undefined : await unwrapAll(unwrapped, limit, depth + 1);
    if (inner !== undefined) return { bytes: inner.bytes, wrappings: [wrapping, ...inner.wrappings] };
  }
  return undefined;
}

/** A part of a source as a source of its own. */
export function partOf(source: ByteSource, range: ByteRange): ByteSource {
  return {
    size: range.length,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > range.length) return Promise.reject(new RangeError(`${String(length)} bytes at ${String(offset)} of ${String(range.length)}`));
      return source.read(range.offset + offset, length);
    },
  };
}
