import { GateError } from '../../errors.ts';
import { MAX_SAFETENSORS_NAME_CHARACTERS, MAX_SAFETENSORS_RANK, MAX_SAFETENSORS_TENSORS } from './safetensors-limits.ts';
import { jsonText } from '../json/json-text.ts';

export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the one after the last, counted from the end of the header. */
  readonly dataOffsets: readonly [number, number];
}

export interface Header {
  /** In the order of the file. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * The JSON of a header, read strictly and by hand: `JSON.parse` lets the last of two equal keys win, so that two readers of
 * one file could see two models. Only what the format knows is accepted: an object of tensors, each with `dtype`, `shape`
 * and `data_offsets` once, and `__metadata__` with texts; whole numbers without sign or exponent. `offset` of errors counts
 * characters from the header's start, plus `base`.
 */
export function parseHeader(text: string, base: number): Header {
  const scan = scanner(text, base);
  const entries: HeaderEntry[] = [];
  const names = new Set<string>();
  const metadata = new Map<string, string>();
  scan.members((name, at) => {
    if (names.has(name)) throw scan.malformed(`The name ${shown(name)} is there twice.`, at);
    names.add(name);
    if (name === '__metadata__') {
      scan.members((key, keyAt) => {
        if (metadata.has(key)) throw scan.malformed(`The metadata key ${shown(key)} is there twice.`, keyAt);
        metadata.set(key, scan.string());
      });
      return;
    }
    if (name.length > MAX_SAFETENSORS_NAME_CHARACTERS) throw scan.limit(`A name has more than ${MAX_SAFETENSORS_NAME_CHARACTERS} characters.`, at);
    if (entries.length >= MAX_SAFETENSORS_TENSORS) throw scan.limit(`There are more than ${MAX_SAFETENSORS_TENSORS} tensors.`, at);
    entries.push(tensorEntry(scan, name, at));
  });
  scan.end();
  return { entries, metadata };
}

function tensorEntry(scan: Scanner, name: string, at: number): HeaderEntry {
  let [dtype, shape, offsets]: [string | undefined, readonly number[] | undefined, readonly number[] | undefined] = [undefined, undefined, undefined];
  scan.members((key, keyAt) => {
    if (key === 'dtype' && dtype === undefined) dtype = scan.string();
    else if (key === 'shape' && shape === undefined) shape = scan.numbers(MAX_SAFETENSORS_RANK);
    else if (key === 'data_offsets' && offsets === undefined) offsets = scan.numbers(2);
    else throw scan.malformed(`Tensor ${shown(name)} has the member ${shown(key)} ${['dtype', 'shape', 'data_offsets'].includes(key) ? 'twice' : 'that no tensor has'}.`, keyAt);
  });
  const [begin, end] = offsets ?? [];
  if (dtype === undefined || shape === undefined || begin === undefined || end === undefined) {
    throw scan.malformed(`Tensor ${shown(name)} lacks dtype, shape or one of its two data_offsets.`, at);
  }
  return { name, dtype, shape, dataOffsets: [begin, end] };
}

interface Scanner {
  /** An object; `member` is called behind each colon and takes the value. */
  members(member: (key: string, at: number) => void): void;
  string(): string;
  /** An array of whole numbers, at most so many. */
  numbers(most: number): readonly number[];
  /** Nothing but spaces may follow: writers fill the header up to a multiple of eight. */
  end(): void;
  malformed(message: string, at: number): GateError;
  limit(message: string, at: number): GateError;
}

const WHITESPACE = /[ \t\n\r]*/uy;
const NUMBER = /0|[1-9][0-9]{0,15}/uy;

function scanner(text: string, base: number): Scanner {
  let position = 0;
  const error = (code: 'format/malformed' | 'format/limit-exceeded', message: string, at: number): GateError =>
    new GateError({ code, message: `${message} (header character ${at})`, where: { offset: base + at, field: 'header' } });
  const malformed = (message: string, at: number = position): GateError => error('format/malformed', message, at);
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) position += found.length;
    return found;
  };
  /** The next character that is no whitespace, without taking it. */
  const peek = (): string | undefined => {
    take(WHITESPACE);
    return text[position];
  };
  const expect = (character: string): void => {
    if (peek() !== character) throw malformed(`The header has ${shown(text.slice(position, position + 1))} where ${shown(character)} is expected.`);
    position += 1;
  };
  const string = (): string => {
    if (peek() !== '"') throw malformed('The header has something else where a text is expected.');
    const read = jsonText(text, position);
    if (read === undefined) throw malformed('A text of the header does not end, or holds what JSON forbids.');
    position = read.end;
    return read.value;
  };
  const number = (): number => {
    peek();
    const from = position;
    const value = Number(take(NUMBER) ?? NaN);
    if (!Number.isSafeInteger(value) || /[0-9.eE+-]/u.test(text[position] ?? '')) throw malformed('The header has something else where a whole number below 2^53 is expected.', from);
    return value;
  };
  /** `item` until `close`, with commas between and none behind the last. */
  const list = (open: string, close: string, item: () => void): void => {
    expect(open);
    if (peek() === close) {
      position += 1;
      return;
    }
    for (;;) {
      item();
      if (peek() === close) break;
      expect(',');
    }
    position += 1;
  };
  return {
    members(member) {
      list('{', '}', () => {
        peek();
        const at = position;
        const key = string();
        expect(':');
        member(key, at);
      });
    },
    string,
    numbers(most) {
      const values: number[] = [];
      list('[', ']', () => {
        if (values.length >= most) throw error('format/limit-exceeded', `A list of the header has more than ${most} numbers.`, position);
        values.push(number());
      });
      return values;
    },
    end() {
      take(WHITESPACE);
      if (position !== text.length) throw malformed('Something follows the header’s object.');
    },
    malformed,
    limit: (message, at) => error('format/limit-exceeded', message, at),
  };
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
