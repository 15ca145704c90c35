import { GateError } from '../../errors.ts';
import { TEXT_SCHEMA, type MessageName, type TextField } from './text-schema.ts';
import { textTokens, type TextToken } from './text-tokens.ts';

export interface EncodedText {
  /** The message in binary form, with the fields that are looked at. */
  readonly bytes: Uint8Array;
  /** Where in the text the part lies that is at an offset of the binary form: the message that holds it. */
  readonly offsetOf: (at: number) => number;
}

/** Messages within messages; TensorFlow's own need a dozen (CWE-674). */
const MAX_DEPTH = 100;
/** `DT_STRING` of types.proto; which other type it is makes no difference to what a graph does. */
const STRING = 7;
const OTHER = 1;

/** Bytes that follow each other in the binary form: some of the text's, or a message with its own. */
type Part = Uint8Array | Message;

interface Message {
  readonly tag: Uint8Array;
  readonly parts: readonly Part[];
  readonly length: number;
  /** In the text. */
  readonly at: number;
}

/**
 * A message of TensorFlow's as text in its binary form, so that one reader of graphs does for both. Throws `format/malformed` and
 * `format/truncated` with the offset in the text.
 */
export function encodeText(text: Uint8Array, root: MessageName): EncodedText {
  const next = textTokens(text);
  let token = next();
  const advance = (): TextToken => {
    const current = token;
    token = next();
    return current;
  };
  const fail = (message: string): GateError => new GateError({ code: token.kind === 'end' ? 'format/truncated' : 'format/malformed', message, where: { offset: token.at } });

  function message(schema: Readonly<Record<string, TextField>> | undefined, close: string | undefined, depth: number): readonly Part[] {
    if (depth > MAX_DEPTH) throw new GateError({ code: 'format/limit-exceeded', message: `Messages are nested more than ${String(MAX_DEPTH)} deep.`, where: { offset: token.at } });
    const parts: Part[] = [];
    for (;;) {
      if (close === undefined ? token.kind === 'end' : isSign(close)) return parts;
      const name = fieldName();
      const field = schema === undefined || !Object.hasOwn(schema, name) ? undefined : schema[name];
      const hasColon = isSign(':');
      if (hasColon) advance();
      if (!hasColon && !isOpening()) throw fail(`The field ${name.slice(0, 100)} has no value.`);
      values(field, parts, depth);
      if (isSign(',') || isSign(';')) advance();
    }
  }

  const isAtEnd = (): boolean => token.kind === 'end';
  const isSign = (sign: string): boolean => token.kind === 'sign' && token.text === sign;
  const isOpening = (): boolean => isSign('{') || isSign('<') || isSign('[');

  /** A name, or the type of an expanded Any in brackets, of which the last part counts. */
  function fieldName(): string {
    if (token.kind === 'name') return advance().text;
    if (!isSign('[')) throw fail('A field was expected.');
    advance();
    let name = '';
    while (!isSign(']')) {
      if (isAtEnd()) throw fail('The name of a type does not end.');
      const { text } = advance();
      name = text === '/' ? '' : name + text;
    }
    advance();
    return `[${name}]`;
  }

  function values(field: TextField | undefined, parts: Part[], depth: number): void {
    if (!isSign('[')) return value(field, parts, depth);
    advance();
    while (!isSign(']')) {
      value(field, parts, depth);
      if (isSign(',')) advance();
      else if (!isSign(']')) throw fail('A list does not end.');
    }
    advance();
  }

  function value(field: TextField | undefined, parts: Part[], depth: number): void {
    const { at } = token;
    const isMessage = isSign('{') || isSign('<');
    if (isMessage) {
      const kind = field?.[1];
      const isPlain = kind === 'text' || kind === 'number' || kind === 'type';
      if (isPlain) throw fail('A message stands where a text or a number belongs.');
      const close = advance().text === '{' ? '}' : '>';
      const inner = message(kind === undefined ? undefined : TEXT_SCHEMA[kind], close, depth + 1);
      advance();
      if (field !== undefined) parts.push(wrapped(field[0], inner, at));
      return;
    }
    let sign = '';
    if (isSign('-')) sign = advance().text;
    if (token.kind !== 'string' && token.kind !== 'name') throw fail('A value was expected.');
    const { kind, text: word, bytes } = advance();
    if (field === undefined) return;
    const [number, type] = field;
    if (type === 'text') {
      if (kind !== 'string' || bytes === undefined) throw fail('A word stands where a text belongs.');
      parts.push(wrapped(number, [bytes], at));
    } else if (type === 'number' || type === 'type') {
      const given = kind === 'name' ? (/^DT_/.test(word) ? (word === 'DT_STRING' ? STRING : OTHER) : Number(`${sign}${word}`)) : Number.NaN;
      if (!Number.isInteger(given)) throw fail('No whole number stands where one belongs.');
      parts.push(Uint8Array.from([...varint(BigInt(number * 8)), ...varint(BigInt.asUintN(64, BigInt(given)))]));
    } else throw fail('A text or a number stands where a message belongs.');
  }

  return laidOut(message(TEXT_SCHEMA[root], undefined, 0));
}

function wrapped(number: number, parts: readonly Part[], at: number): Message {
  const length = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  return { tag: Uint8Array.from([...varint(BigInt(number * 8 + 2)), ...varint(BigInt(length))]), parts, length, at };
}

const lengthOf = (part: Part): number => ('tag' in part ? part.tag.byteLength + part.length : part.byteLength);

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

function laidOut(parts: readonly Part[]): EncodedText {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + lengthOf(part), 0));
  const starts: number[] = [];
  const places: number[] = [];
  let end = 0;
  const write = (part: Part): void => {
    if (!('tag' in part)) {
      bytes.set(part, end);
      end += part.byteLength;
      return;
    }
    bytes.set(part.tag, end);
    end += part.tag.byteLength;
    // Readers say where the content of a message begins.
    starts.push(end);
    places.push(part.at);
    for (const one of part.parts) write(one);
  };
  for (const part of parts) write(part);
  return {
    bytes,
    offsetOf: (at) => {
      let [low, high] = [0, starts.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((starts[middle] ?? 0) <= at) low = middle + 1;
        else high = middle;
      }
      return places[low - 1] ?? 0;
    },
  };
}
