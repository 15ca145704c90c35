import { GateError } from '../errors.ts';

/** A view of exactly `length` bytes from `from` on. Throws `format/truncated` where `subarray` would silently give fewer. */
export function partOf(bytes: Uint8Array, from: number, length: number): Uint8Array {
  if (Number.isSafeInteger(from) && Number.isSafeInteger(length) && from >= 0 && length >= 0 && length <= bytes.byteLength - from) {
    return new Uint8Array(bytes.buffer, bytes.byteOffset + from, length);
  }
  throw new GateError({ code: 'format/truncated', message: `${length} bytes at ${from} are expected, but there are only ${bytes.byteLength}.` });
}
