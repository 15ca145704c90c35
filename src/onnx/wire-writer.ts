import { WIRE_FIXED32, WIRE_LENGTH, WIRE_VARINT } from './wire.ts';

/** A varint of a non-negative integer below 2^53. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** A varint of the low 64 bits; negative numbers take ten bytes, as protobuf writes int64. */
export function varint64(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.byteLength;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined;
}

function tag(field: number, wire: number): Uint8Array {
  return varint(field * 8 + wire);
}

/** A field whose content is given in pieces: a message, a string, bytes or a packed list. */
export function lengthDelimited(field: number, content: readonly Uint8Array[]): Uint8Array {
  return joinBytes(lengthDelimitedParts(field, content));
}

/** The same without joining, so that large contents are copied once, at the end. */
export function lengthDelimitedParts(field: number, content: readonly Uint8Array[]): readonly Uint8Array[] {
  let size = 0;
  for (const part of content) size += part.byteLength;
  return [tag(field, WIRE_LENGTH), varint(size), ...content];
}

const utf8 = new TextEncoder();

export function textField(field: number, text: string): Uint8Array {
  return lengthDelimited(field, [utf8.encode(text)]);
}

export function intField(field: number, value: bigint | number): Uint8Array {
  return joinBytes([tag(field, WIRE_VARINT), varint64(BigInt(value))]);
}

export function floatField(field: number, value: number): Uint8Array {
  return joinBytes([tag(field, WIRE_FIXED32), new Uint8Array(Float32Array.of(value).buffer)]);
}
