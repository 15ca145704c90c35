import type { RandomSource } from '../src/statistics/random.ts';

/** Numbers at which lengths, offsets and counts go wrong. */
const BORDERS = [0, 1, 2, 7, 8, 15, 16, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** Bytes repeated at once: enough for a count that does not fit to matter. */
const LONGEST_RUN = 4096;

/** One to eight changes in a row of an input, or of an input and a part of another; never longer than `most`. */
export function mutate(input: Uint8Array, other: Uint8Array, most: number, random: RandomSource): Uint8Array {
  let bytes = input;
  for (let left = 1 + random.integer(8); left > 0; left -= 1) bytes = changed(bytes, other, random);
  return bytes.subarray(0, most);
}

function changed(bytes: Uint8Array, other: Uint8Array, random: RandomSource): Uint8Array {
  const at = random.integer(bytes.length + 1);
  const until = Math.min(bytes.length, at + 1 + random.integer(Math.max(1, bytes.length >> 2)));
  switch (random.integer(9)) {
    case 0: return written(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.integer(8))));
    case 1: return written(bytes, at, Uint8Array.of(random.integer(256)));
    case 2: return written(bytes, at, border(random));
    case 3: return joined(bytes.subarray(0, at), bytes.subarray(until));
    case 4: return joined(bytes.subarray(0, at), bytes.subarray(at, until), bytes.subarray(at));
    case 5: return joined(bytes.subarray(0, at), new Uint8Array(1 + random.integer(LONGEST_RUN)).fill(random.integer(256)), bytes.subarray(at));
    case 6: return bytes.subarray(0, at);
    case 7: return joined(bytes.subarray(0, at), piece(other, random), bytes.subarray(at));
    default: return written(bytes, at, piece(other, random));
  }
}

/** A number in one to eight bytes, of either byte order. */
function border(random: RandomSource): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(BORDERS[random.integer(BORDERS.length)] as number), true);
  const length = [1, 2, 4, 8][random.integer(4)] as number;
  const bytes = new Uint8Array(view.buffer).slice(0, length);
  return random.integer(2) === 0 ? bytes : bytes.reverse();
}

function piece(other: Uint8Array, random: RandomSource): Uint8Array {
  const at = random.integer(other.length + 1);
  return other.subarray(at, at + 1 + random.integer(64));
}

function written(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(part.subarray(0, Math.max(0, copy.length - at)), Math.min(at, copy.length));
  return copy;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
