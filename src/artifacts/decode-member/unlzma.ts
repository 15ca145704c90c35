import { GateError } from '../../errors.ts';
import { MAX_DICTIONARY_BYTES, MAX_MEMBER_BYTES } from '../archive-limits.ts';
import type { ByteSource } from '../byte-source.ts';
import { LZMA_INPUT_BYTES, lzmaDecoder, type LzmaDecoder } from './lzma-decoder.ts';
import { damagedStream, endsEarly, packedInput, type PackedInput } from './packed-input.ts';
import type { Unpacked } from './unpacked.ts';

/** How much is unpacked between two looks at the clock and the limits. */
const STEP_BYTES = 256 * 1024;

/** `.lzma` files ("LZMA alone"): properties, dictionary size, unpacked size or all ones, then the stream. */
export async function* unlzmaAlone(source: ByteSource, offset: number, length: number): Unpacked {
  const input = packedInput(source, offset, length);
  const header = await input.take(13);
  const view = new DataView(header.buffer, header.byteOffset, 13);
  const [properties, dictionary, low, high] = [view.getUint8(0), view.getUint32(1, true), view.getUint32(5, true), view.getUint32(9, true)];
  const size = low === 0xffff_ffff && high === 0xffff_ffff ? undefined : high * 2 ** 32 + low;
  return yield* oneStream(input, properties, dictionary, size, offset);
}

/** Method 14 of zip archives (APPNOTE, section 5.8): two bytes of version, the length of the properties, the properties, the stream. */
export async function* unlzmaZip(source: ByteSource, offset: number, length: number): Unpacked {
  const input = packedInput(source, offset, length);
  const header = await input.take(9);
  const view = new DataView(header.buffer, header.byteOffset, 9);
  if (view.getUint16(2, true) !== 5) throw damagedStream('its properties have another length than five bytes', offset);
  return yield* oneStream(input, view.getUint8(4), view.getUint32(5, true), undefined, offset);
}

/** LZMA in 7z archives: the five bytes of properties stand in the archive's header, and so does the size: eight bytes more. */
export async function* unlzmaRaw(source: ByteSource, offset: number, length: number, properties: string): Unpacked {
  const bytes = Buffer.from(properties, 'hex');
  if (bytes.byteLength !== 13) throw damagedStream('its properties have another length than five bytes', offset);
  return yield* oneStream(packedInput(source, offset, length), bytes.readUInt8(0), bytes.readUInt32LE(1), Number(bytes.readBigUInt64LE(5)), offset);
}

/** LZMA2 in 7z archives: one byte of properties. */
export async function* unlzma2Raw(source: ByteSource, offset: number, length: number, properties: string): Unpacked {
  const bytes = Buffer.from(properties, 'hex');
  if (bytes.byteLength !== 1) throw damagedStream('its properties have another length than one byte', offset);
  const input = packedInput(source, offset, length);
  yield* unlzma2(input, lzma2Dictionary(bytes.readUInt8(0), offset), offset);
  return input.position;
}

/** The dictionary size that one byte stands for: 2^n or 3·2^n, from 4 KiB on. */
export function lzma2Dictionary(code: number, at: number): number {
  if (code > 40) throw damagedStream('a dictionary size is impossible', at);
  return code === 40 ? 0xffff_ffff : (2 + (code & 1)) * 2 ** ((code >>> 1) + 11);
}

/** One stream of known length, or one that ends with an end mark or with its input. */
async function* oneStream(input: PackedInput, properties: number, dictionary: number, size: number | undefined, offset: number): Unpacked {
  const decoder = lzmaDecoder(input, dictionaryBytes(dictionary, size, offset), offset);
  decoder.setProperties(properties, offset);
  await input.fill(5 + LZMA_INPUT_BYTES);
  decoder.begin(offset);
  let left = size ?? Infinity;
  while (left > 0 && !decoder.isAtEndMark) {
    await input.fill(STEP_BYTES);
    // A stream without a mark in a container that knows the size ends with its last byte.
    if (size === undefined && input.isLast && input.at === input.bytes.byteLength && decoder.isCoderEmpty) break;
    const done = decoder.decode(Math.min(STEP_BYTES, left));
    left -= done;
    yield* decoder.drain();
  }
  if (size !== undefined && left > 0) throw endsEarly(offset + input.position);
  // An end mark may follow all the same.
  if (size !== undefined && !decoder.isAtEndMark && !decoder.isCoderEmpty) decoder.decode(1);
  return input.position;
}

/** LZMA2 chunks (xz, 7z) up to the end chunk; returns when it has been read. */
export async function* unlzma2(input: PackedInput, dictionary: number, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = lzmaDecoder(input, dictionaryBytes(dictionary, undefined, offset), offset);
  let needsDictionary = true;
  let needsProperties = true;
  for (;;) {
    const control = (await input.take(1))[0] ?? 0;
    if (control === 0) return;
    const at = offset + input.position;
    if (control === 1 || control >= 0xe0) {
      decoder.resetDictionary();
      needsDictionary = false;
    } else if (needsDictionary) throw damagedStream('it does not start with a new dictionary', at);
    if (control < 0x80) {
      if (control > 2) throw damagedStream(`there is no chunk of kind ${control}`, at);
      const count = be16(await input.take(2)) + 1;
      decoder.copy(await input.take(count));
      yield* decoder.drain();
      continue;
    }
    const sizes = await input.take(4);
    const unpacked = ((control & 0x1f) << 16) + be16(sizes) + 1;
    const packed = be16(sizes.subarray(2)) + 1;
    if (control >= 0xc0) {
      decoder.setProperties((await input.take(1))[0] ?? 0, at);
      needsProperties = false;
    } else if (needsProperties) throw damagedStream('a chunk comes before its properties', at);
    else if (control >= 0xa0) decoder.resetState();
    yield* chunk(input, decoder, packed, unpacked, at);
  }
}

async function* chunk(input: PackedInput, decoder: LzmaDecoder, packed: number, unpacked: number, at: number): AsyncGenerator<Uint8Array, void, undefined> {
  await input.fill(packed + LZMA_INPUT_BYTES);
  if (input.bytes.byteLength - input.at < packed) throw endsEarly(at);
  const start = input.position;
  decoder.begin(at);
  const done = decoder.decode(unpacked);
  if (done !== unpacked || input.position - start !== packed || !decoder.isCoderEmpty) throw damagedStream('a chunk has another length than it says', at);
  yield* decoder.drain();
}

function be16(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
}

/** The dictionary need not be larger than what is unpacked. */
function dictionaryBytes(stated: number, size: number | undefined, offset: number): number {
  const needed = Math.min(stated, size ?? MAX_MEMBER_BYTES);
  if (needed <= MAX_DICTIONARY_BYTES) return needed;
  throw new GateError({
    code: 'format/limit-exceeded',
    message: `Unpacking would take a dictionary of ${needed} bytes; at most ${MAX_DICTIONARY_BYTES} are held.`,
    where: { offset },
    nextStep: 'Pack it with a smaller dictionary (xz -9 uses 64 MiB).',
  });
}
