import { Cursor } from '../../artifacts/cursor.ts';
import { GateError } from '../../errors.ts';
import type { FileOddity } from '../../model/structure.ts';
import { odditiesOfText } from '../oddities/oddities-of-text.ts';
import { shown } from '../oddities/shown.ts';

/** Values of one file, those of typed arrays apart; forests of some thousand trees have some 100,000 (CWE-770). */
const MAX_VALUES = 5_000_000;
/** XGBoost nests six deep (CWE-674). */
const MAX_DEPTH = 64;
const MAX_TOLD = 1_000;

/** Bytes of the types that have a width. */
const WIDTHS: Readonly<Record<string, number>> = { Z: 0, T: 0, F: 0, N: 0, i: 1, U: 1, C: 1, I: 2, l: 4, d: 4, L: 8, D: 8 };

export interface UbjsonReading {
  readonly oddities: readonly FileOddity[];
  readonly values: number;
  /** Keys of the outermost object. */
  readonly keys: readonly string[];
  readonly end: number;
}

/** One UBJSON value (draft 12, big-endian) from front to back; typed arrays are passed over. Throws `format/*` with the offset. */
export function walkUbjson(bytes: Uint8Array): UbjsonReading {
  const cursor = new Cursor(bytes);
  const oddities: FileOddity[] = [];
  const keys: string[] = [];
  let values = 0;
  const tell = (found: readonly FileOddity[]): void => {
    if (oddities.length < MAX_TOLD) oddities.push(...found);
  };
  const limit = (message: string): GateError => new GateError({ code: 'format/limit-exceeded', message, where: { offset: cursor.position } });
  const marker = (): string => {
    for (;;) {
      const read = String.fromCharCode(cursor.u8());
      if (read !== 'N') return read;
    }
  };
  const size = (type = marker()): number => {
    const at = cursor.position;
    const read = type === 'i' ? cursor.i8() : type === 'U' ? cursor.u8() : type === 'I' ? (cursor.u16be() << 16) >> 16 : type === 'l' ? cursor.i32be() : type === 'L' ? cursor.size64be() : -1;
    if (read < 0) throw cursor.malformed(`A length of type ${JSON.stringify(type)} is none.`, at);
    return read;
  };
  const text = (): string => cursor.text(size());
  /** `$` and a type, `#` and a count, or neither. */
  const header = (): { readonly type?: string; readonly count?: number } => {
    const type = cursor.peek() === 0x24 ? (cursor.skip(1), String.fromCharCode(cursor.u8())) : undefined;
    if (cursor.peek() !== 0x23) {
      if (type !== undefined) throw cursor.malformed('A type without a count.');
      return {};
    }
    cursor.skip(1);
    return { ...(type === undefined ? {} : { type }), count: size() };
  };
  const value = (type: string, place: string, depth: number): void => {
    values += 1;
    if (values > MAX_VALUES) throw limit(`There are more than ${String(MAX_VALUES)} values.`);
    if (depth > MAX_DEPTH) throw limit(`Values are nested more than ${String(MAX_DEPTH)} deep.`);
    const width = WIDTHS[type];
    if (width !== undefined) cursor.skip(width);
    else if (type === 'S' || type === 'H') tell(odditiesOfText(text(), `value of ${place}`));
    else if (type === '[') array(place, depth);
    else if (type === '{') object(depth);
    else throw cursor.malformed(`There is no type ${JSON.stringify(type)} in UBJSON.`, cursor.position - 1);
  };
  const array = (place: string, depth: number): void => {
    const { type, count } = header();
    const width = type === undefined ? undefined : WIDTHS[type];
    if (width !== undefined && count !== undefined) {
      if (width > 0 && count > Number.MAX_SAFE_INTEGER / width) throw cursor.malformed('An array is longer than can be.');
      cursor.skip(count * width);
      return;
    }
    for (let index = 0; count === undefined || index < count; index += 1) {
      const next = type ?? marker();
      if (count === undefined && next === ']') return;
      value(next, place, depth + 1);
    }
  };
  const object = (depth: number): void => {
    const { type, count } = header();
    const seen = new Set<string>();
    for (let index = 0; count === undefined || index < count; index += 1) {
      while (cursor.peek() === 0x4e) cursor.skip(1);
      if (count === undefined && cursor.peek() === 0x7d) {
        cursor.skip(1);
        return;
      }
      const at = cursor.position;
      const key = text();
      if (seen.has(key)) tell([{ kind: 'duplicate-key', place: `key ${shown(key)}`, bytes: { offset: at, length: key.length }, detail: 'The object has it more than once.' }]);
      seen.add(key);
      if (depth === 0) keys.push(key);
      value(type ?? marker(), shown(key), depth + 1);
    }
  };
  value(marker(), 'the file', 0);
  return { oddities, values, keys, end: cursor.position };
}
