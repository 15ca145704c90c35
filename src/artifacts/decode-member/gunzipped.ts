import { crc32 } from 'node:zlib';
import type { ByteSource } from '../byte-source.ts';
import { inflated } from './inflated.ts';
import { damagedStream, endsEarly, packedInput } from './packed-input.ts';
import { storedChunks } from './stored-chunks.ts';
import type { Notice, Unpacked } from './unpacked.ts';

const FLAG_HEADER_CHECKSUM = 0x02;
const FLAG_EXTRA = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
const FLAGS_RESERVED = 0xe0;
const TRAILER_BYTES = 8;

/** A name or comment ends with a zero byte; longer ones hide something. */
const MAX_TEXT_BYTES = 64 * 1024;

/** Gzip (RFC 1952): members one after the other are one content, as gzip and CPython have it. Ends before what is no member. */
export async function* gunzipped(source: ByteSource, offset: number, length: number, notice: Notice): Unpacked {
  let at = 0;
  while (at < length) {
    const headerBytes = await gzipHeaderBytes(source, offset + at, length - at);
    if (headerBytes === undefined) {
      if (at === 0) throw damagedStream('it begins with no gzip header', offset);
      return at;
    }
    const start = at + headerBytes;
    const pieces = inflated(storedChunks(source, offset + start, length - start), 'deflate', offset + start);
    let [checksum, size] = [0, 0];
    let step = await pieces.next();
    while (step.done !== true) {
      checksum = crc32(step.value, checksum);
      size = (size + step.value.byteLength) % 2 ** 32;
      yield step.value;
      step = await pieces.next();
    }
    const end = start + step.value;
    if (end + TRAILER_BYTES > length) throw endsEarly(offset + end);
    const trailer = await source.read(offset + end, TRAILER_BYTES);
    const view = new DataView(trailer.buffer, trailer.byteOffset, TRAILER_BYTES);
    if (view.getUint32(0, true) !== checksum) notice({ kind: 'bad-checksum', offset: offset + end, detail: 'The checksum behind the packed content is not that of the content.' });
    if (view.getUint32(4, true) !== size) notice({ kind: 'size-mismatch', offset: offset + end, detail: `The content is said to have ${view.getUint32(4, true)} bytes and has ${size}.` });
    at = end + TRAILER_BYTES;
  }
  return at;
}

/** Length of the gzip header at `offset`; undefined when there is none. */
async function gzipHeaderBytes(source: ByteSource, offset: number, length: number): Promise<number | undefined> {
  if (length < 10 || offset + 10 > source.size) return undefined;
  const input = packedInput(source, offset, Math.min(length, 10 + 2 + 65_535 + 2 * MAX_TEXT_BYTES + 2));
  const fixed = await input.take(10);
  const flags = fixed[3] ?? 0;
  if (fixed[0] !== 0x1f || fixed[1] !== 0x8b || fixed[2] !== 8 || (flags & FLAGS_RESERVED) !== 0) return undefined;
  if ((flags & FLAG_EXTRA) !== 0) {
    const count = await input.take(2);
    await input.take((count[0] ?? 0) + 256 * (count[1] ?? 0));
  }
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    await input.fill(MAX_TEXT_BYTES);
    const end = input.bytes.indexOf(0, input.at);
    if (end < 0) throw damagedStream('a name in its header does not end', offset);
    input.at = end + 1;
  }
  if ((flags & FLAG_HEADER_CHECKSUM) !== 0) await input.take(2);
  return input.position;
}
