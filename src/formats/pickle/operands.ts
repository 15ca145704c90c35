import { bytesBetween } from '../../artifacts/bytes-between.ts';
import { latin1 } from './literals.ts';

export function littleEndian(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let index = to - 1; index >= from; index -= 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
}

export function lineNumber(bytes: Uint8Array, from: number, to: number): number {
  const text = latin1(bytesBetween(bytes, from, Math.min(to, from + 20))).trim();
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}

/** First and last characters of a line: enough to see its quotation marks. */
export function ends(bytes: Uint8Array, from: number, to: number): string {
  return to - from <= 64 ? latin1(bytesBetween(bytes, from, to)) : latin1(bytesBetween(bytes, from, from + 8)) + latin1(bytesBetween(bytes, to - 8, to));
}

export function endOfLines(bytes: Uint8Array, from: number, lines: 1 | 2): number {
  const first = bytes.indexOf(10, from);
  return lines === 1 || first < 0 ? first : bytes.indexOf(10, first + 1);
}

export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
