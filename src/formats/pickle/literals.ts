import { bytesBetween } from '../../artifacts/bytes-between.ts';
import { MAX_TEXT_BYTES } from './pickle-limits.ts';
import { OP, operandShape } from './opcodes.ts';

/** What the opcode of an atom wrote. Texts and bytes too long to be a name or an argument are given by their place only. */
export type Literal =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'long'; readonly what: 'text' | 'bytes'; readonly length: number }
  | { readonly kind: 'number'; readonly value: number | bigint }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'none' };

/** Bytes that {@link decodeLiteral} needs from the start of an opcode on to decode any atom it decodes. */
export const LITERAL_BYTES = MAX_TEXT_BYTES + 16;

const UNICODE_ESCAPES = /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g;

/** The atom whose opcode is at `at`; undefined when it does not lie in these bytes as a whole, or is no atom. */
export function decodeLiteral(bytes: Uint8Array, at: number): Literal | undefined {
  const code = bytes[at];
  const shape = code === undefined ? undefined : operandShape(code);
  if (code === undefined || shape === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (shape.kind === 'fixed') {
    if (at + 1 + shape.bytes > bytes.length) return undefined;
    return decodeFixed(code, view, at + 1);
  }
  if (shape.kind === 'line') {
    const end = bytes.indexOf(10, at + 1);
    if (end < 0 || shape.lines !== 1) return undefined;
    if (end - at > MAX_TEXT_BYTES) return { kind: 'long', what: 'text', length: end - at - 1 };
    return decodeLine(code, latin1(bytesBetween(bytes, at + 1, end)));
  }
  if (at + 1 + shape.bytes > bytes.length) return undefined;
  const length = shape.bytes === 1 ? view.getUint8(at + 1) : shape.bytes === 4 ? view.getUint32(at + 1, true) : Number(view.getBigUint64(at + 1, true));
  const isText = code !== OP.BINBYTES && code !== OP.SHORT_BINBYTES && code !== OP.BINBYTES8 && code !== OP.BYTEARRAY8;
  if (length > MAX_TEXT_BYTES) return { kind: 'long', what: isText ? 'text' : 'bytes', length };
  const from = at + 1 + shape.bytes;
  if (from + length > bytes.length) return undefined;
  const body = bytesBetween(bytes, from, from + length);
  if (code === OP.LONG1 || code === OP.LONG4) return { kind: 'number', value: integerOf(body) };
  if (!isText) return { kind: 'bytes', bytes: body };
  const isOld = code === OP.BINSTRING || code === OP.SHORT_BINSTRING;
  return { kind: 'text', text: isOld ? latin1(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8') };
}

function decodeFixed(code: number, view: DataView, at: number): Literal | undefined {
  switch (code) {
    case OP.NONE:
      return { kind: 'none' };
    case OP.NEWTRUE:
    case OP.NEWFALSE:
      return { kind: 'boolean', value: code === OP.NEWTRUE };
    case OP.BININT1:
      return { kind: 'number', value: view.getUint8(at) };
    case OP.BININT2:
      return { kind: 'number', value: view.getUint16(at, true) };
    case OP.BININT:
      return { kind: 'number', value: view.getInt32(at, true) };
    case OP.BINFLOAT:
      return { kind: 'number', value: view.getFloat64(at, false) };
    default:
      return undefined;
  }
}

function decodeLine(code: number, text: string): Literal | undefined {
  switch (code) {
    case OP.INT:
      if (text === '00' || text === '01') return { kind: 'boolean', value: text === '01' };
      return { kind: 'number', value: Number(text) };
    case OP.LONG:
      return { kind: 'number', value: Number(text.replace(/L$/, '')) };
    case OP.FLOAT:
      return { kind: 'number', value: Number(text) };
    case OP.STRING:
      return { kind: 'text', text: unescaped(text.trim().slice(1, -1)) };
    case OP.UNICODE:
      return { kind: 'text', text: text.replace(UNICODE_ESCAPES, (_, short: string | undefined, long: string | undefined) => codePoint(short ?? long ?? '')) };
    default:
      return undefined;
  }
}

/** The escapes that Python's `repr` of a string of bytes writes. */
function unescaped(text: string): string {
  const simple: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\', "'": "'", '"': '"', '\n': '' };
  return text.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[^])/g, (whole, escape: string) => {
    if (escape.length > 1 && escape.startsWith('x')) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    if (/^[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8) & 0xff);
    return simple[escape] ?? whole;
  });
}

function codePoint(hexadecimal: string): string {
  const value = Number.parseInt(hexadecimal, 16);
  return value <= 0x10ffff ? String.fromCodePoint(value) : '\ufffd';
}

/** Little-endian two's complement, as LONG1 and LONG4 have it. */
function integerOf(body: Uint8Array): number | bigint {
  let value = 0n;
  for (let index = Math.min(body.length, 64) - 1; index >= 0; index -= 1) value = (value << 8n) | BigInt(body[index] ?? 0);
  const bits = 8n * BigInt(Math.min(body.length, 64));
  if (body.length > 0 && (value >> (bits - 1n)) === 1n) value -= 1n << bits;
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
