import { partOf } from '../../artifacts/part-of.ts';
import { GateError } from '../../errors.ts';
import { MAX_BYTECODE_NAMES, MAX_KEPT_CHARACTERS, MAX_MARSHAL_DEPTH } from './keras-limits.ts';

/** What a marshalled Python function names. Found by taking the bytes apart; nothing of them is run. */
export interface MarshalledCode {
  /** Versions of Python that write code objects in this way. */
  readonly python: string;
  /** Global and attribute names (`co_names`) of the function and of those inside of it. */
  readonly names: readonly string[];
  /** Every text and every printable run of bytes besides: constants, names of files and functions. */
  readonly texts: readonly string[];
}

/** How versions of CPython lay a code object out: `i` an int, `o` an object; names and constants by their place among the objects. */
interface Layout {
  readonly python: string;
  readonly ints: number;
  /** Objects before the first line number, and behind it. */
  readonly before: number;
  readonly after: number;
}

/** Objects begin with code, constants and names in all of them (Python/marshal.c, `w_complex_object`). */
const LAYOUTS: readonly Layout[] = [
  { python: '3.11 or later', ints: 5, before: 8, after: 2 },
  { python: '3.8 to 3.10', ints: 6, before: 8, after: 1 },
  { python: '3.0 to 3.7', ints: 5, before: 8, after: 1 },
  { python: '2', ints: 4, before: 8, after: 1 },
];

const FLAG_REF = 0x80;

type Value = string | Uint8Array | readonly Value[] | null;

/**
 * Takes marshalled code apart, by the layout under which the bytes come out whole. Undefined where they do under none:
 * such bytes are no code object of a known version, or are broken.
 */
export function readMarshal(bytes: Uint8Array): MarshalledCode | undefined {
  if (((bytes[0] ?? 0) & ~FLAG_REF) !== 0x63) return undefined;
  for (const layout of LAYOUTS) {
    try {
      return readBy(layout, bytes);
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
    }
  }
  return undefined;
}

function readBy(layout: Layout, bytes: Uint8Array): MarshalledCode {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names = new Set<string>();
  const texts = new Set<string>();
  const references: Value[] = [];
  let at = 0;
  const broken = (): GateError => new GateError({ code: 'format/malformed', message: 'The bytes are no marshalled code.', where: { offset: at } });
  const take = (length: number): number => {
    if (length < 0 || length > bytes.byteLength - at) throw broken();
    at += length;
    return at - length;
  };
  const byte = (): number => view.getUint8(take(1));
  const int = (): number => view.getInt32(take(4), true);
  const keep = (set: Set<string>, text: string): void => {
    if (set.size < MAX_BYTECODE_NAMES) set.add(text.slice(0, MAX_KEPT_CHARACTERS));
  };
  const slice = (length: number): Uint8Array => {
    const from = take(length);
    return partOf(bytes, from, length);
  };
  const kept = (text: string): string => {
    keep(texts, text);
    return text;
  };
  const text = (length: number): string => kept(Buffer.from(slice(length)).toString('utf8'));
  const raw = (length: number): Uint8Array => {
    const found = slice(length);
    if (isPrintable(found)) kept(Buffer.from(found).toString('latin1'));
    return found;
  };
  const object = (depth: number): Value => {
    if (depth > MAX_MARSHAL_DEPTH) throw broken();
    const tag = byte();
    const slot = (tag & FLAG_REF) === 0 ? -1 : references.push(null) - 1;
    const value = valueOf(String.fromCharCode(tag & ~FLAG_REF), depth);
    if (slot >= 0) references[slot] = value;
    return value;
  };
  const objects = (count: number, depth: number): Value[] => {
    if (count < 0 || count > bytes.byteLength - at) throw broken();
    return Array.from({ length: count }, () => object(depth + 1));
  };
  const valueOf = (type: string, depth: number): Value => {
    switch (type) {
      case 'N': case 'F': case 'T': case 'S': case '.': case '0':
        return null;
      case 'i':
        take(4);
        return null;
      case 'I': case 'g':
        take(8);
        return null;
      case 'y':
        take(16);
        return null;
      case 'f':
        take(byte());
        return null;
      case 'x':
        take(byte());
        take(byte());
        return null;
      case 'l':
        take(Math.abs(int()) * 2);
        return null;
      case 's':
        return raw(int());
      // Python 2 interns its names as bytes, which `R` refers to by their number; nothing here needs which one.
      case 't': case 'u': case 'a': case 'A':
        return text(int());
      case 'z': case 'Z':
        return text(byte());
      case 'r':
        return references[int()] ?? null;
      case 'R':
        take(4);
        return '';
      case '(': case '[': case '<': case '>':
        return objects(int(), depth);
      case ')':
        return objects(byte(), depth);
      case ':':
        return objects(3, depth);
      case '{':
        for (;;) {
          if (bytes[at] === 0x30) break;
          objects(2, depth);
        }
        take(1);
        return null;
      case 'c':
        code(depth);
        return null;
      default:
        throw broken();
    }
  };
  const code = (depth: number): void => {
    take(layout.ints * 4);
    const before = objects(layout.before, depth);
    take(4);
    const after = objects(layout.after, depth);
    const [instructions, constants, named] = before;
    // Python 2 writes bytes where Python 3 has texts.
    const isText = (value: Value | undefined): boolean => typeof value === 'string' || value instanceof Uint8Array;
    if (!(instructions instanceof Uint8Array) || !Array.isArray(constants) || !Array.isArray(named) || !named.every(isText)) throw broken();
    // Python 3.11 has the kinds of its variables where older versions have the names of others.
    const isModern = isText(before[7]) && before[4] instanceof Uint8Array && after.every((value) => value instanceof Uint8Array);
    if (layout.after === 2 ? !isModern : !before.slice(3, 6).every(Array.isArray)) throw broken();
    const asText = (value: Value): string => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : (value as string));
    for (const name of named) keep(names, asText(name as Value));
  };
  object(0);
  return { python: layout.python, names: [...names], texts: [...texts].filter((one) => one.trim() !== '' && !names.has(one)) };
}

function isPrintable(bytes: Uint8Array): boolean {
  return bytes.byteLength > 0 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
}
