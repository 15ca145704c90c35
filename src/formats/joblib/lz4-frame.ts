import { bytesBetween } from '../../artifacts/bytes-between.ts';
import { GateError } from '../../errors.ts';

/** Bytes of the frame's signature: 0x184D2204, little-endian. */
const MAGIC = [0x04, 0x22, 0x4d, 0x18] as const;
/** The shortest copy a block has. */
const MIN_MATCH = 4;
const MAX_BLOCK_BYTES: Readonly<Record<number, number>> = { 4: 64 * 1024, 5: 256 * 1024, 6: 1024 * 1024, 7: 4 * 1024 * 1024 };

export function hasLz4Magic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/**
 * Unpacks LZ4 frames (github.com/lz4/lz4, doc/lz4_Frame_format.md 1.6.4 and lz4_Block_format.md), one behind the other.
 * Checksums are passed over: what comes out is examined, not trusted. Throws `format/truncated`, `format/malformed`, or
 * `format/limit-exceeded` past `limit` bytes.
 */
export function unpackLz4(bytes: Uint8Array, limit: number): Uint8Array {
  const output = growing(limit);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  need(bytes, at, MAGIC.length);
  while (at < bytes.length) {
    if (!hasLz4Magic(bytesBetween(bytes, at, bytes.length))) throw malformed('Something that is no frame lies behind an LZ4 frame.', at);
    at += 4;
    need(bytes, at, 3);
    const flags = bytes[at] ?? 0;
    const block = MAX_BLOCK_BYTES[((bytes[at + 1] ?? 0) >> 4) & 7];
    if (flags >> 6 !== 1 || block === undefined) throw malformed('An LZ4 frame has an unknown version or block size.', at);
    const [hasBlockChecksum, hasSize, hasChecksum, hasDictionary] = [(flags & 0x10) !== 0, (flags & 0x08) !== 0, (flags & 0x04) !== 0, (flags & 0x01) !== 0];
    if (hasDictionary) throw new GateError({ code: 'format/unsupported', message: 'An LZ4 frame needs a dictionary that is not in the file.', where: { offset: at }, nextStep: 'Pack the file again without a dictionary.' });
    at += 3 + (hasSize ? 8 : 0);
    for (;;) {
      need(bytes, at, 4);
      const header = view.getUint32(at, true);
      at += 4;
      if (header === 0) break;
      const length = header & 0x7fffffff;
      if (length > block) throw malformed('An LZ4 block is longer than its frame allows.', at);
      need(bytes, at, length);
      const packed = bytesBetween(bytes, at, at + length);
      if (header >>> 31 === 1) output.add(packed);
      else unpackBlock(packed, output, at);
      at += length + (hasBlockChecksum ? 4 : 0);
    }
    at += hasChecksum ? 4 : 0;
    if (at > bytes.length) throw truncated(bytes.length);
  }
  return output.bytes();
}

function unpackBlock(packed: Uint8Array, output: Growing, offset: number): void {
  let at = 0;
  while (at < packed.length) {
    const token = packed[at] ?? 0;
    at += 1;
    let literals = token >> 4;
    if (literals === 15) [literals, at] = longer(packed, literals, at, offset);
    if (at + literals > packed.length) throw malformed('An LZ4 block ends inside of a literal.', offset + at);
    output.add(bytesBetween(packed, at, at + literals));
    at += literals;
    // The last sequence has literals only.
    if (at === packed.length) return;
    if (at + 2 > packed.length) throw malformed('An LZ4 block ends inside of a copy.', offset + at);
    const distance = (packed[at] ?? 0) + 256 * (packed[at + 1] ?? 0);
    at += 2;
    let length = (token & 15) + MIN_MATCH;
    if ((token & 15) === 15) [length, at] = longer(packed, length, at, offset);
    if (distance === 0 || distance > output.length()) throw malformed('An LZ4 block copies from before its beginning.', offset + at);
    output.copy(distance, length);
  }
}

/** A length of 15 goes on in bytes, up to the first that is not 255. */
function longer(packed: Uint8Array, begun: number, from: number, offset: number): [number, number] {
  let length = begun;
  for (let at = from; at < packed.length; at += 1) {
    const byte = packed[at] ?? 0;
    length += byte;
    if (byte !== 255) return [length, at + 1];
  }
  throw malformed('An LZ4 block ends inside of a length.', offset + from);
}

interface Growing {
  add(bytes: Uint8Array): void;
  copy(distance: number, length: number): void;
  length(): number;
  bytes(): Uint8Array;
}

function growing(limit: number): Growing {
  let buffer = new Uint8Array(64 * 1024);
  let length = 0;
  const grow = (by: number): void => {
    if (length + by > limit) {
      throw new GateError({ code: 'format/limit-exceeded', message: `The unpacked content has more than ${String(limit)} bytes.`, nextStep: 'Keep the file unpacked, or in a format that holds weights only.' });
    }
    if (length + by <= buffer.length) return;
    const larger = new Uint8Array(Math.min(limit, Math.max(length + by, 2 * buffer.length)));
    larger.set(bytesBetween(buffer, 0, length));
    buffer = larger;
  };
  return {
    add(bytes) {
      grow(bytes.length);
      buffer.set(bytes, length);
      length += bytes.length;
    },
    copy(distance, count) {
      grow(count);
      // Byte by byte, because a copy may read what it has just written.
      for (let index = 0; index < count; index += 1) buffer[length + index] = buffer[length + index - distance] ?? 0;
      length += count;
    },
    length: () => length,
    bytes: () => bytesBetween(buffer, 0, length),
  };
}

function need(bytes: Uint8Array, at: number, length: number): void {
  if (at + length > bytes.length) throw truncated(bytes.length);
}

function truncated(offset: number): GateError {
  return new GateError({ code: 'format/truncated', message: 'The LZ4 frame ends early.', where: { offset }, nextStep: 'Fetch or upload the file again; it was cut off.' });
}

function malformed(message: string, offset: number): GateError {
  return new GateError({ code: 'format/malformed', message, where: { offset }, nextStep: 'Write the file again from its source.' });
}
