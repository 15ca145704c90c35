import { GateError } from '../../errors.ts';
import { UNPACK_CHUNK_BYTES } from '../archive-limits.ts';
import type { ByteSource } from '../byte-source.ts';

/** The packed bytes of a member, from front to back, with as many of them in memory as an unpacker needs at a time. */
export interface PackedInput {
  /** Bytes that can be used now; `at` is the next of them. Valid until the next `fill`. */
  readonly bytes: Uint8Array;
  at: number;
  /** Bytes used so far, from the start of the member. */
  readonly position: number;
  /** All packed bytes are in memory or used. */
  readonly isLast: boolean;
  /** Makes at least `count` bytes ready, or all that are left. */
  fill(count: number): Promise<void>;
  /** Takes exactly `count` bytes; throws `format/truncated` when there are fewer. */
  take(count: number): Promise<Uint8Array>;
}

export function packedInput(source: ByteSource, offset: number, length: number): PackedInput {
  let bytes = new Uint8Array(0);
  let read = 0;
  const input = {
    get bytes() {
      return bytes;
    },
    at: 0,
    get position() {
      return read - (bytes.byteLength - input.at);
    },
    get isLast() {
      return read === length;
    },
    async fill(count: number) {
      const ready = bytes.byteLength - input.at;
      if (ready >= count || read === length) return;
      const more = Math.min(length - read, Math.max(count - ready, UNPACK_CHUNK_BYTES));
      const joined = new Uint8Array(ready + more);
      joined.set(bytes.subarray(input.at));
      joined.set(await source.read(offset + read, more), ready);
      [bytes, input.at, read] = [joined, 0, read + more];
    },
    async take(count: number) {
      await input.fill(count);
      if (bytes.byteLength - input.at < count) throw endsEarly(offset + input.position);
      input.at += count;
      return bytes.subarray(input.at - count, input.at);
    },
  };
  return input;
}

export function endsEarly(offset: number): GateError {
  return new GateError({ code: 'format/truncated', message: 'The packed content ends early.', where: { offset }, nextStep: 'Fetch or pack the file again.' });
}

export function damagedStream(what: string, offset: number): GateError {
  return new GateError({ code: 'format/malformed', message: `The packed content is damaged: ${what}.`, where: { offset }, nextStep: 'Fetch or pack the file again.' });
}
