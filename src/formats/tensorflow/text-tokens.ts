import { bytesBetween } from '../../artifacts/bytes-between.ts';
import { GateError } from '../../errors.ts';

export interface TextToken {
  readonly kind: 'name' | 'string' | 'sign' | 'end';
  /** A name with everything that belongs to it, also a number; a sign; of a string nothing. */
  readonly text: string;
  /** Of a string. */
  readonly bytes?: Uint8Array;
  /** In bytes. */
  readonly at: number;
}

const SIGNS = new Set(Array.from('{}<>[]:,;-', (sign) => sign.charCodeAt(0)));
const isBlank = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const isWord = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f || byte === 0x2e || byte === 0x2b;
const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, "'": 39, '"': 34, '?': 63 };

/** The tokens of protobuf's text format (https://protobuf.dev/reference/protobuf/textformat-spec/), one at a time; strings side by side are one. */
export function textTokens(bytes: Uint8Array): () => TextToken {
  let at = 0;
  const fail = (message: string, offset: number): GateError => new GateError({ code: 'format/malformed', message, where: { offset } });

  function skipBlank(): void {
    for (;;) {
      while (at < bytes.length && isBlank(bytes[at] ?? 0)) at += 1;
      if (bytes[at] !== 0x23) return;
      while (at < bytes.length && bytes[at] !== 10) at += 1;
    }
  }

  return () => {
    skipBlank();
    const from = at;
    const byte = bytes[at];
    if (byte === undefined) return { kind: 'end', text: '', at };
    if (byte === 0x22 || byte === 0x27) {
      const parts: Uint8Array[] = [];
      while (bytes[at] === 0x22 || bytes[at] === 0x27) {
        parts.push(string());
        skipBlank();
      }
      return { kind: 'string', text: '', bytes: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts), at: from };
    }
    if (isWord(byte)) {
      while (at < bytes.length && (isWord(bytes[at] ?? 0) || (bytes[at] === 0x2d && /[eE]/.test(String.fromCharCode(bytes[at - 1] ?? 0))))) at += 1;
      return { kind: 'name', text: latin1(bytes, from, at), at: from };
    }
    if (!SIGNS.has(byte) && byte !== 0x2f) throw fail(`Byte 0x${byte.toString(16).padStart(2, '0')} belongs to no token of the text format.`, at);
    at += 1;
    return { kind: 'sign', text: String.fromCharCode(byte), at: from };
  };

  function string(): Uint8Array {
    const quote = bytes[at];
    const from = at;
    let end = at + 1;
    while (end < bytes.length && bytes[end] !== quote && bytes[end] !== 10) end += bytes[end] === 0x5c ? 2 : 1;
    if (end >= bytes.length) throw new GateError({ code: 'format/truncated', message: 'A text does not end.', where: { offset: from } });
    if (bytes[end] === 10) throw fail('A text does not end on its line.', from);
    // No escape is shorter than what it stands for.
    const out = new Uint8Array(end - from);
    let length = 0;
    for (at += 1; at < end;) {
      const byte = bytes[at] ?? 0;
      at += 1;
      if (byte !== 0x5c) {
        out[length] = byte;
        length += 1;
        continue;
      }
      const escaped = escape(from);
      out.set(escaped, length);
      length += escaped.length;
    }
    at = end + 1;
    return bytesBetween(out, 0, length);
  }

  function escape(from: number): readonly number[] {
    const letter = String.fromCharCode(bytes[at] ?? 0);
    const rest = latin1(bytes, at, Math.min(bytes.length, at + 10));
    const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
    const long = /^x[0-9a-fA-F]{1,2}|^u[0-9a-fA-F]{4}|^U[0-9a-fA-F]{8}/.exec(rest)?.[0];
    const simple = ESCAPES[letter];
    if (octal === undefined && long === undefined && simple === undefined) throw fail('An escape in a text is none of the text format.', from);
    at += (octal ?? long ?? letter).length;
    if (octal !== undefined) return [Number.parseInt(octal, 8) & 0xff];
    if (long === undefined) return [simple ?? 0];
    const code = Number.parseInt(long.slice(1), 16);
    return long.startsWith('x') ? [code] : [...Buffer.from(String.fromCodePoint(Math.min(code, 0x10ffff)))];
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}
