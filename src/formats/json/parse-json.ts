import { GateError } from '../../errors.ts';
import type { JsonMember, JsonNode } from './json-node.ts';
import { jsonText } from './json-text.ts';

/** Nested objects and lists; Python's own reader gives up near 1,000 (CWE-674). */
export const MAX_JSON_DEPTH = 500;
/** Values of one text: a hundred bytes of memory each (CWE-770). */
export const MAX_JSON_VALUES = 4_000_000;

const SPACE = /[ \t\n\r]*/uy;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/uy;
/** The last three are what Python writes and reads besides JSON. */
const LITERALS: readonly (readonly [string, boolean | null | number])[] = [
  ['true', true], ['false', false], ['null', null], ['NaN', Number.NaN], ['Infinity', Infinity], ['-Infinity', -Infinity],
];

/**
 * Parses JSON as Python's `json` does, with NaN and Infinity, and keeps what a plain object would lose: equal keys. Linear
 * in the text. Throws `format/malformed` and `format/limit-exceeded`; offsets count characters.
 */
export function parseJson(text: string): JsonNode {
  let position = 0;
  let values = 0;
  const error = (code: 'format/malformed' | 'format/limit-exceeded', message: string, at = position): GateError =>
    new GateError({ code, message: `${message} (character ${at} of the JSON text)`, where: { offset: at } });
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) position += found.length;
    return found;
  };
  const peek = (): string | undefined => {
    take(SPACE);
    return text[position];
  };
  const string = (): string => {
    const read = jsonText(text, position);
    if (read === undefined) throw error('format/malformed', 'A text does not end, or holds what JSON forbids.');
    position = read.end;
    return read.value;
  };
  /** `item` until `close`, with commas between and none behind the last. */
  const list = (close: string, item: () => void): void => {
    position += 1;
    if (peek() === close) {
      position += 1;
      return;
    }
    for (;;) {
      item();
      const next = peek();
      position += 1;
      if (next === close) return;
      if (next !== ',') throw error('format/malformed', `Something else than a comma or ${close} follows a value.`, position - 1);
    }
  };
  const value = (depth: number): JsonNode => {
    const first = peek();
    const at = position;
    values += 1;
    if (values > MAX_JSON_VALUES) throw error('format/limit-exceeded', `There are more than ${MAX_JSON_VALUES} values.`);
    if (depth > MAX_JSON_DEPTH) throw error('format/limit-exceeded', `Values are nested more than ${MAX_JSON_DEPTH} deep.`);
    if (first === '{') {
      const members: JsonMember[] = [];
      list('}', () => {
        if (peek() !== '"') throw error('format/malformed', 'Something else than a text stands where a key belongs.');
        const keyAt = position;
        const key = string();
        if (peek() !== ':') throw error('format/malformed', 'No colon follows a key.');
        position += 1;
        members.push({ key, at: keyAt, value: value(depth + 1) });
      });
      return { kind: 'object', at, end: position, members };
    }
    if (first === '[') {
      const items: JsonNode[] = [];
      list(']', () => items.push(value(depth + 1)));
      return { kind: 'array', at, end: position, items };
    }
    if (first === '"') {
      const read = string();
      return { kind: 'string', at, end: position, value: read };
    }
    for (const [word, literal] of LITERALS) {
      if (!text.startsWith(word, position)) continue;
      position += word.length;
      if (literal === null) return { kind: 'null', at, end: position };
      return typeof literal === 'number' ? { kind: 'number', at, end: position, value: literal } : { kind: 'boolean', at, end: position, value: literal };
    }
    const number = take(NUMBER);
    if (number === undefined) throw error('format/malformed', first === undefined ? 'The text ends where a value belongs.' : 'Something stands where a value belongs.');
    return { kind: 'number', at, end: position, value: Number(number) };
  };
  const root = value(0);
  if (peek() !== undefined) throw error('format/malformed', 'Something follows the value.');
  return root;
}
