import type { ByteRange, ByteSource } from '../../artifacts/byte-source.ts';
import { Cursor } from '../../artifacts/cursor.ts';
import { windowedSource } from '../../artifacts/windowed-source.ts';
import { GateError } from '../../errors.ts';
import type { FileOddity } from '../../model/structure.ts';
import { odditiesOfText } from '../oddities/oddities-of-text.ts';
import { shown } from '../oddities/shown.ts';
import { looksLikePickle } from '../pickle/looks-like-pickle.ts';

/** Values of one file; the largest checkpoints have some 100,000 (CWE-770). */
const MAX_VALUES = 5_000_000;
/** Modules in modules; Python's msgpack stops at 1024 (CWE-674). */
const MAX_DEPTH = 256;
/** A text or the description of an array that is read into memory. */
const MAX_TEXT_BYTES = 2 ** 20;
/** Oddities that are kept. */
const MAX_TOLD = 1_000;

/** Flax's own extension types: an array, a complex number, a scalar of NumPy. */
const KNOWN_EXTENSIONS: ReadonlySet<number> = new Set([1, 2, 3]);
/** MessagePack's: a time. */
const TIMESTAMP = -1;

export interface MsgpackArray {
  readonly path: string;
  /** Of what the extension holds. */
  readonly range: ByteRange;
  readonly head: Uint8Array;
}

export interface MsgpackReading {
  readonly arrays: readonly MsgpackArray[];
  readonly oddities: readonly FileOddity[];
  readonly values: number;
  /** Behind the value. */
  readonly end: number;
}

/** Bytes of a value that are looked at: enough for an array's shape and type, and to know a pickle. */
const HEAD_BYTES = 1024;

/**
 * One MessagePack value from front to back, without reading what arrays and texts hold beyond their beginning. Throws `format/*`
 * with the offset.
 */
export async function readMsgpack(given: ByteSource, signal: AbortSignal): Promise<MsgpackReading> {
  const source = windowedSource(given);
  const arrays: MsgpackArray[] = [];
  const oddities: FileOddity[] = [];
  let values = 0;
  let at = 0;
  const fail = (code: 'format/malformed' | 'format/limit-exceeded' | 'format/truncated', message: string): GateError => new GateError({ code, message: `${message} (offset ${String(at)})`, where: { offset: at } });
  const tell = (found: readonly FileOddity[]): void => {
    if (oddities.length < MAX_TOLD) oddities.push(...found);
  };
  const take = async (length: number): Promise<Cursor> => {
    if (length > source.size - at) throw fail('format/truncated', `${String(length)} bytes are expected, and the file ends.`);
    const cursor = new Cursor(await source.read(at, length), { offset: at });
    at += length;
    return cursor;
  };
  const skip = (length: number): ByteRange => {
    if (length > source.size - at) throw fail('format/truncated', `${String(length)} bytes are expected, and the file ends.`);
    const range = { offset: at, length };
    at += length;
    return range;
  };
  const number = async (width: number): Promise<number> => {
    const cursor = await take(width);
    return width === 1 ? cursor.u8() : width === 2 ? cursor.u16be() : cursor.u32be();
  };
  const text = async (length: number): Promise<string> => {
    if (length > MAX_TEXT_BYTES) throw fail('format/limit-exceeded', `A text has more than ${String(MAX_TEXT_BYTES)} bytes.`);
    return (await take(length)).text(length);
  };
  const bytes = async (length: number, path: string): Promise<void> => {
    const range = skip(length);
    const head = await source.read(range.offset, Math.min(HEAD_BYTES, length));
    if (looksLikePickle(head, length > HEAD_BYTES) !== 'no') tell([{ kind: 'embedded-pickle', place: path === '' ? 'the value' : shown(path), bytes: range, detail: 'The bytes begin like a pickle.' }]);
  };
  const extension = async (length: number, path: string): Promise<void> => {
    const type = (await take(1)).i8();
    const range = skip(length);
    if (type === 1 || type === 3) arrays.push({ path, range, head: await source.read(range.offset, Math.min(HEAD_BYTES, length)) });
    if (!KNOWN_EXTENSIONS.has(type) && type !== TIMESTAMP) tell([{ kind: 'unknown-extension', place: `extension type ${String(type)}`, bytes: range, detail: `${path === '' ? 'The value' : shown(path)} is of a type that Flax does not have; a program that registers it decides what becomes of it.` }]);
  };
  const list = async (count: number, path: string, depth: number): Promise<undefined> => {
    for (let index = 0; index < count; index += 1) await value(`${path}[${String(index)}]`, depth + 1);
    return undefined;
  };
  const map = async (count: number, path: string, depth: number): Promise<undefined> => {
    const keys = new Set<string>();
    for (let index = 0; index < count; index += 1) {
      const key = await value(`${path} (key)`, depth + 1);
      if (key !== undefined && keys.has(key)) tell([{ kind: 'duplicate-key', place: `key ${shown(key)}`, bytes: { offset: at, length: 1 }, detail: `${path === '' ? 'The outermost map' : shown(path)} has it more than once.` }]);
      if (key !== undefined) keys.add(key);
      const inner = await value(cut(path === '' ? (key ?? '') : `${path}.${key ?? ''}`), depth + 1);
      if (inner !== undefined) tell(odditiesOfText(inner, `value of ${shown(key ?? '')}`));
    }
    return undefined;
  };
  /** The text, where the value is one. */
  const value = async (path: string, depth: number): Promise<string | undefined> => {
    values += 1;
    if (values > MAX_VALUES) throw fail('format/limit-exceeded', `There are more than ${String(MAX_VALUES)} values.`);
    if (depth > MAX_DEPTH) throw fail('format/limit-exceeded', `Values are nested more than ${String(MAX_DEPTH)} deep.`);
    if ((values & 0xfff) === 1 && signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the checkpoint was cancelled.' });
    const first = await number(1);
    if (first < 0x80 || first >= 0xe0) return undefined;
    if (first < 0x90) return map(first & 0x0f, path, depth);
    if (first < 0xa0) return list(first & 0x0f, path, depth);
    if (first < 0xc0) return text(first & 0x1f);
    switch (first) {
      case 0xc0: case 0xc2: case 0xc3: return undefined;
      case 0xc4: case 0xc5: case 0xc6: await bytes(await number(2 ** (first - 0xc4)), path); return undefined;
      case 0xc7: case 0xc8: case 0xc9: await extension(await number(2 ** (first - 0xc7)), path); return undefined;
      case 0xca: skip(4); return undefined;
      case 0xcb: skip(8); return undefined;
      case 0xcc: case 0xcd: case 0xce: case 0xcf: skip(2 ** (first - 0xcc)); return undefined;
      case 0xd0: case 0xd1: case 0xd2: case 0xd3: skip(2 ** (first - 0xd0)); return undefined;
      case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8: await extension(2 ** (first - 0xd4), path); return undefined;
      case 0xd9: case 0xda: case 0xdb: return text(await number(2 ** (first - 0xd9)));
      case 0xdc: case 0xdd: return list(await number(first === 0xdc ? 2 : 4), path, depth);
      case 0xde: case 0xdf: return map(await number(first === 0xde ? 2 : 4), path, depth);
      default: at -= 1; throw fail('format/malformed', `There is no type 0x${first.toString(16)} in MessagePack.`);
    }
  };
  await value('', 0);
  return { arrays, oddities, values, end: at };
}

/** Long keys at every level would make of a small file a large list of paths (CWE-789). */
function cut(path: string): string {
  return path.length <= 500 ? path : `…${path.slice(-500)}`;
}
