import type { Artifact } from '../../artifacts/artifact.ts';
import type { ByteRange } from '../../artifacts/byte-source.ts';
import { Cursor } from '../../artifacts/cursor.ts';
import { GateError } from '../../errors.ts';
import { elementCountOf } from '../../onnx/data-type.ts';

/** The header of the largest vocabulary has 30 MB (tokens, scores and merges); it is read into memory (CWE-789). */
const MAX_HEADER_BYTES = 2 ** 29;
/** Read first; most headers end before. What is longer is read again, eight times as much each time. */
const FIRST_BYTES = 2 ** 20;
const GROWTH = 8;

/** Far beyond the tensors and keys of any model (CWE-770). */
const MAX_TENSORS = 1_000_000;
const MAX_KEYS = 100_000;
/** llama.cpp's GGML_MAX_DIMS is 4; the specification asks readers to take more. */
const MAX_RANK = 16;
/** Arrays in arrays are legal and used by nobody (CWE-674). */
const MAX_ARRAY_DEPTH = 4;

const DEFAULT_ALIGNMENT = 32;

const lenientUtf8 = new TextDecoder('utf-8');

export interface GgufKey {
  readonly key: string;
  /** A scalar; of arrays only how many elements. */
  readonly value: string | number | bigint | boolean | { readonly elements: number };
  readonly range: ByteRange;
}

export interface GgufTensor {
  readonly name: string;
  readonly type: number;
  /** As stored: the dimension whose elements lie next to each other first. */
  readonly dimensions: readonly number[];
  readonly elements: number;
  /** From the beginning of the data. */
  readonly offset: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly isBigEndian: boolean;
  readonly alignment: number;
  readonly keys: readonly GgufKey[];
  readonly tensors: readonly GgufTensor[];
  /** Where the data begin. */
  readonly dataOffset: number;
}

/** The part of a GGUF file in front of the data, whole. Throws `format/*` with the offset. */
export async function readGgufHeader({ bytes, path }: Artifact): Promise<GgufHeader> {
  for (let length = Math.min(FIRST_BYTES, bytes.size); ; length = Math.min(GROWTH * length, bytes.size, MAX_HEADER_BYTES)) {
    try {
      return parseHeader(new Cursor(await bytes.read(0, length), { artifact: path }));
    } catch (error) {
      const isShort = error instanceof GateError && error.code === 'format/truncated' && length < bytes.size;
      if (!isShort) throw error;
      if (length === MAX_HEADER_BYTES) throw limit(`The header has more than ${String(MAX_HEADER_BYTES)} bytes.`, length);
    }
  }
}

/** Numbers in the order and width of the file. */
interface Numbers {
  u32(): number;
  /** Lengths and counts: 32 bits in version 1, 64 bits since. */
  size(): number;
}

function parseHeader(cursor: Cursor): GgufHeader {
  cursor.skip(4);
  const raw = cursor.u32le();
  // The version is small, so that the wrong byte order shows in it.
  const isBigEndian = (raw & 0xffff) === 0 && raw !== 0;
  const version = isBigEndian ? ((raw >>> 24) | ((raw >>> 8) & 0xff00)) : raw;
  if (version < 1 || version > 3) throw new GateError({ code: 'format/unsupported', message: `The file has version ${String(version)} of GGUF; 1 to 3 are known.`, where: { offset: 4 } });
  const numbers: Numbers = {
    u32: () => (isBigEndian ? cursor.u32be() : cursor.u32le()),
    size: () => (version === 1 ? numbers.u32() : isBigEndian ? cursor.size64be() : cursor.size64le()),
  };
  const tensorCount = numbers.size();
  const keyCount = numbers.size();
  if (tensorCount > MAX_TENSORS) throw limit(`There are ${String(tensorCount)} tensors; ${String(MAX_TENSORS)} are read.`, 8);
  if (keyCount > MAX_KEYS) throw limit(`There are ${String(keyCount)} keys; ${String(MAX_KEYS)} are read.`, 8);
  const keys: GgufKey[] = [];
  for (let index = 0; index < keyCount; index += 1) {
    const key = readText(cursor, numbers);
    const type = numbers.u32();
    const offset = cursor.position;
    const value = readValue(cursor, numbers, type, 0, isBigEndian);
    keys.push({ key, value, range: { offset, length: cursor.position - offset } });
  }
  const tensors: GgufTensor[] = [];
  for (let index = 0; index < tensorCount; index += 1) {
    const at = cursor.position;
    const name = readText(cursor, numbers);
    const rank = numbers.u32();
    if (rank > MAX_RANK) throw limit(`Tensor ${JSON.stringify(name.slice(0, 100))} has ${String(rank)} dimensions; ${String(MAX_RANK)} are read.`, at);
    const dimensions = Array.from({ length: rank }, () => numbers.size());
    const elements = elementCountOf(dimensions);
    if (elements === undefined) throw cursor.malformed(`Tensor ${JSON.stringify(name.slice(0, 100))} has more than 2^53 elements.`, at);
    const type = numbers.u32();
    tensors.push({ name, type, dimensions, elements, offset: isBigEndian ? cursor.size64be() : cursor.size64le() });
  }
  const alignment = alignmentOf(keys, cursor);
  return { version, isBigEndian, alignment, keys, tensors, dataOffset: Math.ceil(cursor.position / alignment) * alignment };
}

function readText(cursor: Cursor, numbers: Numbers): string {
  // Token texts and old descriptions are not always UTF-8; nothing here decides on the bytes that are not.
  return lenientUtf8.decode(cursor.bytes(numbers.size()));
}

const STRING = 8;
const ARRAY = 9;
/** Bytes of the value types that have a width. */
const WIDTHS: ReadonlyMap<number, number> = new Map([[0, 1], [1, 1], [2, 2], [3, 2], [4, 4], [5, 4], [6, 4], [7, 1], [10, 8], [11, 8], [12, 8]]);

function readValue(cursor: Cursor, numbers: Numbers, type: number, depth: number, isBigEndian: boolean): GgufKey['value'] {
  if (type === STRING) return readText(cursor, numbers);
  if (type === ARRAY) return { elements: skipArray(cursor, numbers, depth) };
  const at = cursor.position;
  const width = WIDTHS.get(type);
  if (width === undefined) throw cursor.malformed(`There is no type ${String(type)} of values.`, at);
  const view = viewOf(cursor.bytes(width));
  const isLittle = !isBigEndian;
  switch (type) {
    case 0: return view.getUint8(0);
    case 1: return view.getInt8(0);
    case 2: return view.getUint16(0, isLittle);
    case 3: return view.getInt16(0, isLittle);
    case 4: return view.getUint32(0, isLittle);
    case 5: return view.getInt32(0, isLittle);
    case 6: return view.getFloat32(0, isLittle);
    case 7: return view.getUint8(0) !== 0;
    case 10: return view.getBigUint64(0, isLittle);
    case 11: return view.getBigInt64(0, isLittle);
    default: return view.getFloat64(0, isLittle);
  }
}

function skipArray(cursor: Cursor, numbers: Numbers, depth: number): number {
  const at = cursor.position;
  if (depth >= MAX_ARRAY_DEPTH) throw limit(`Arrays are nested more than ${String(MAX_ARRAY_DEPTH)} deep.`, at);
  const type = numbers.u32();
  const count = numbers.size();
  const width = WIDTHS.get(type);
  if (width !== undefined) {
    if (count > Number.MAX_SAFE_INTEGER / width) throw cursor.malformed(`An array has ${String(count)} elements.`, at);
    cursor.skip(count * width);
    return count;
  }
  if (type !== STRING && type !== ARRAY) throw cursor.malformed(`There is no type ${String(type)} of elements.`, at);
  for (let index = 0; index < count; index += 1) {
    if (type === STRING) cursor.skip(numbers.size());
    else skipArray(cursor, numbers, depth + 1);
  }
  return count;
}

function alignmentOf(keys: readonly GgufKey[], cursor: Cursor): number {
  const found = keys.find(({ key }) => key === 'general.alignment');
  if (found === undefined) return DEFAULT_ALIGNMENT;
  const { value, range } = found;
  if (typeof value !== 'number' || value < 1 || value > 2 ** 20 || !Number.isInteger(Math.log2(value))) throw cursor.malformed('general.alignment is no power of two up to 2^20.', range.offset);
  return value;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function limit(message: string, offset: number): GateError {
  return new GateError({ code: 'format/limit-exceeded', message, where: { offset } });
}
