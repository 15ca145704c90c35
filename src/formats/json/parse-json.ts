import { GateError } from '../../errors.ts';
import type { JsonMember, JsonNode } from './json-node.ts';

/** Python's own parser gives up near a thousand; no configuration is a tenth as deep (CWE-674). */
const MAX_DEPTH = 256;
/** Ten times the largest vocabulary; a node takes some hundred bytes of memory (CWE-770). */
const MAX_NODES = 5_000_000;

const WHITESPACE = /[ \t\n\r]*/uy;
/** No control characters, no unfinished escapes; JSON.parse then reads the escapes. */
// eslint-disable-next-line no-control-regex -- control characters are what JSON forbids
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** What Python's parser takes besides, as `json.dump` writes it. */
const WORD = /true|false|null|NaN|-?Infinity/y;
const WORDS: Readonly<Record<string, boolean | null | number>> = { true: true, false: false, null: null, NaN, Infinity, '-Infinity': -Infinity };

/**
 * JSON as the loaders of models read it, with the place of each value and with every one of several equal keys: `JSON.parse` would
 * show the last only. Throws `format/malformed` or `format/limit-exceeded` with the offset in characters.
 */
export function parseJson(text: string): JsonNode {
  let position = 0;
  let nodes = 0;
  const fail = (message: string, code: 'format/malformed' | 'format/limit-exceeded' = 'format/malformed'): GateError => new GateError({ code, message: `${message} (character ${String(position)})`, where: { offset: position } });
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) position += found.length;
    return found;
  };
  const next = (): string | undefined => {
    take(WHITESPACE);
    return text[position];
  };
  const expect = (character: string): void => {
    if (next() !== character) throw fail(`There is ${JSON.stringify(text.slice(position, position + 1))} where ${JSON.stringify(character)} is expected`);
    position += 1;
  };
  const string = (): string => {
    const quoted = take(STRING);
    if (quoted === undefined) throw fail('A text does not end, or holds what JSON forbids');
    return JSON.parse(quoted) as string;
  };
  /** `item` until `close`, with commas between and none behind the last. */
  const list = (close: string, item: () => void): void => {
    position += 1;
    if (next() !== close) {
      for (;;) {
        item();
        if (next() === close) break;
        expect(',');
      }
    }
    position += 1;
  };
  const value = (depth: number): JsonNode => {
    nodes += 1;
    if (nodes > MAX_NODES) throw fail(`There are more than ${String(MAX_NODES)} values`, 'format/limit-exceeded');
    if (depth > MAX_DEPTH) throw fail(`Values are nested more than ${String(MAX_DEPTH)} deep`, 'format/limit-exceeded');
    const first = next();
    const at = position;
    if (first === '{') {
      const members: JsonMember[] = [];
      list('}', () => {
        next();
        const keyAt = position;
        const key = string();
        expect(':');
        members.push({ key, at: keyAt, value: value(depth + 1) });
      });
      return { kind: 'object', at, end: position, members };
    }
    if (first === '[') {
      const items: JsonNode[] = [];
      list(']', () => void items.push(value(depth + 1)));
      return { kind: 'array', at, end: position, items };
    }
    if (first === '"') {
      const read = string();
      return { kind: 'string', at, end: position, value: read };
    }
    const word = take(WORD);
    if (word !== undefined) {
      const read = WORDS[word] ?? null;
      return read === null ? { kind: 'null', at, end: position } : typeof read === 'boolean' ? { kind: 'boolean', at, end: position, value: read } : { kind: 'number', at, end: position, value: read };
    }
    const number = take(NUMBER);
    if (number === undefined) throw fail('There is something else where a value is expected');
    return { kind: 'number', at, end: position, value: Number(number) };
  };
  const root = value(0);
  if (next() !== undefined) throw fail('Something follows the value');
  return root;
}
