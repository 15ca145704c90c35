import { GateError } from '../errors.ts';

/** The bytes [from, to) as a view. Throws `format/malformed` where they are not all there; `subarray` would give fewer. */
export function bytesBetween(bytes: Uint8Array, from: number, to: number): Uint8Array {
  if (from >= 0 && to >= from && to <= bytes.byteLength) return bytes.subarray(from, to);
  throw new GateError({ code: 'format/malformed', message: `Bytes ${String(from)} to ${String(to)} of ${String(bytes.byteLength)} do not exist.`, where: { offset: from } });
}
