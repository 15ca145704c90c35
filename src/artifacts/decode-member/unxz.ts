import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { GateError } from '../../errors.ts';
import type { ByteSource } from '../byte-source.ts';
import { crc64 } from './crc64.ts';
import { damagedStream, packedInput, type PackedInput } from './packed-input.ts';
import { lzma2Dictionary, unlzma2 } from './unlzma.ts';
import type { Notice, Unpacked } from './unpacked.ts';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const LZMA2_FILTER = 0x21;

/** The .xz format 1.2.1 (tukaani.org): streams of blocks packed with LZMA2, an index, a footer. Other filters are not read. */
export async function* unxz(source: ByteSource, offset: number, length: number, notice: Notice): Unpacked {
  const input = packedInput(source, offset, length);
  let done = 0;
  for (;;) {
    await input.fill(12);
    if (input.bytes.byteLength - input.at < 12 || MAGIC.some((byte, index) => input.bytes[input.at + index] !== byte)) {
      if (done === 0) throw damagedStream('it begins with no xz header', offset);
      return done;
    }
    yield* readStream(input, offset, notice);
    done = input.position;
    // Streams may be padded with zeros, four at a time.
    for (;;) {
      await input.fill(4);
      const padding = input.bytes.subarray(input.at, input.at + 4);
      if (padding.byteLength < 4 || padding.some((byte) => byte !== 0)) break;
      input.at += 4;
      done = input.position;
    }
    if (input.isLast && input.at === input.bytes.byteLength) return done;
  }
}

async function* readStream(input: PackedInput, offset: number, notice: Notice): AsyncGenerator<Uint8Array, void, undefined> {
  const header = (await input.take(12)).slice();
  const check = header[7] ?? 0;
  if (header[6] !== 0 || check > 0x0f) throw damagedStream('its flags are unknown', offset);
  if (le32(header, 8) !== crc32(header.subarray(6, 8))) notice({ kind: 'bad-checksum', offset, detail: 'The checksum of the xz header is wrong.' });
  const blocks: [number, number][] = [];
  for (;;) {
    const at = input.position;
    const headerSize = ((await input.take(1))[0] ?? 0) * 4;
    if (headerSize === 0) break;
    const rest = (await input.take(headerSize + 3)).slice();
    const block = Uint8Array.of(headerSize / 4, ...rest);
    if (le32(block, headerSize) !== crc32(block.subarray(0, headerSize))) notice({ kind: 'bad-checksum', offset: offset + at, detail: 'The checksum of a block’s header is wrong.' });
    const dictionary = dictionaryOf(block.subarray(0, headerSize), offset + at);
    const sums = checker(check);
    const start = input.position;
    let size = 0;
    for await (const piece of unlzma2(input, dictionary, offset)) {
      sums?.add(piece);
      size += piece.byteLength;
      yield piece;
    }
    const packed = input.position - start;
    await input.take((4 - (packed % 4)) % 4);
    const stated = (await input.take(CHECK_BYTES[check] ?? 0)).slice();
    if (sums !== undefined && !sums.is(stated)) notice({ kind: 'bad-checksum', offset: offset + at, detail: 'The checksum of a block is not that of its content.' });
    blocks.push([headerSize + 4 + packed + stated.byteLength, size]);
  }
  await readIndex(input, blocks, offset, notice);
}

/** Bytes of each check (section 2.1.1.2 of the format). */
const CHECK_BYTES: readonly number[] = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** Undefined for checks that the format reserves: content without a checksum we know of is not thereby wrong. */
function checker(check: number): { add(piece: Uint8Array): void; is(stated: Uint8Array): boolean } | undefined {
  if (check === 1) {
    let value = 0;
    return { add: (piece) => void (value = crc32(piece, value)), is: (stated) => le32(stated, 0) === value };
  }
  if (check === 4) return crc64();
  if (check !== 10) return undefined;
  const hash = createHash('sha256');
  return { add: (piece) => void hash.update(piece), is: (stated) => hash.digest().equals(stated) };
}

/** The dictionary size of the one filter that is read. */
function dictionaryOf(header: Uint8Array, at: number): number {
  const flags = header[1] ?? 0;
  if ((flags & 0x3c) !== 0) throw damagedStream('a block’s flags are unknown', at);
  let position = 2;
  const number = (): number => {
    let [value, shift] = [0, 1];
    for (let count = 0; count < 9; count += 1) {
      const byte = header[position] ?? 0;
      position += 1;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
      shift *= 128;
    }
    throw damagedStream('a number is too long', at);
  };
  if ((flags & 0x40) !== 0) number();
  if ((flags & 0x80) !== 0) number();
  const [filter, properties] = [number(), number()];
  if ((flags & 3) !== 0 || filter !== LZMA2_FILTER) {
    throw new GateError({
      code: 'format/unsupported', message: 'The xz content is packed with a filter besides LZMA2, which is not read.', where: { offset: at }, nextStep: 'Pack it with xz without further filters.',
    });
  }
  const code = header[position] ?? 0xff;
  if (properties !== 1) throw damagedStream('its properties have another length than one byte', at);
  return lzma2Dictionary(code, at);
}

/** The index repeats the sizes of all blocks; a reader that trusts it would see something else where it lies. */
async function readIndex(input: PackedInput, blocks: readonly (readonly [number, number])[], offset: number, notice: Notice): Promise<void> {
  const at = input.position - 1;
  let bytes = 1;
  const number = async (): Promise<number> => {
    let [value, shift] = [0, 1];
    for (let count = 0; count < 9; count += 1) {
      const byte = (await input.take(1))[0] ?? 0;
      bytes += 1;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
      shift *= 128;
    }
    throw damagedStream('a number in its index is too long', offset + at);
  };
  const count = await number();
  let agrees = count === blocks.length;
  for (let index = 0; index < count; index += 1) {
    const [packed, size] = [await number(), await number()];
    const block = blocks[index];
    agrees &&= block !== undefined && block[0] === packed && block[1] === size;
    if (index >= blocks.length) throw damagedStream('its index lists blocks that are not there', offset + at);
  }
  if (!agrees) notice({ kind: 'size-mismatch', offset: offset + at, detail: 'The index of the stream and its blocks disagree about sizes.' });
  await input.take((4 - (bytes % 4)) % 4);
  await input.take(4);
  const footer = await input.take(12);
  if (footer[10] !== 0x59 || footer[11] !== 0x5a) throw damagedStream('it does not end with a footer', offset + input.position);
}

function le32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}
