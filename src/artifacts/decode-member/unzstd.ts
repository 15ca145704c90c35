import * as zlib from 'node:zlib';
import { GateError } from '../../errors.ts';
import type { ByteSource } from '../byte-source.ts';
import { damagedStream, endsEarly } from './packed-input.ts';
import { storedChunks } from './stored-chunks.ts';
import { throughEngine, type UnpackingEngine } from './through-engine.ts';
import type { Unpacked } from './unpacked.ts';

/** Frames one after the other are one content; frames of the skippable kind hold anything and are skipped (section 3.1.2). */
const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/** Zstandard (RFC 8878) by Node's own zlib, which has it from 22.15 on. On an older Node it is "not read", never skipped. */
export async function* unzstd(source: ByteSource, offset: number, length: number): Unpacked {
  const create = (zlib as { createZstdDecompress?: () => UnpackingEngine }).createZstdDecompress;
  if (create === undefined) {
    throw new GateError({
      code: 'format/unsupported',
      message: 'Content packed with zstd is read on Node 22.15 and later only.',
      where: { offset },
      nextStep: 'Run modelgate on a newer Node, or unpack the file first.',
    });
  }
  let at = 0;
  while (at + 4 <= length) {
    const head = await source.read(offset + at, Math.min(8, length - at));
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const magic = view.getUint32(0, true);
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE && head.byteLength === 8) {
      at += 8 + view.getUint32(4, true);
      if (at > length) throw endsEarly(offset + length);
      continue;
    }
    if (magic !== FRAME) break;
    at += yield* frame(create(), storedChunks(source, offset + at, length - at), offset + at);
  }
  if (at === 0) throw damagedStream('it begins with no zstd frame', offset);
  return at;
}

async function* frame(engine: UnpackingEngine, packed: AsyncIterable<Uint8Array>, offset: number): Unpacked {
  const taken = yield* throughEngine(engine, packed, (error) =>
    error instanceof Error && /unexpected end/i.test(error.message) ? endsEarly(offset) : damagedStream('it is no valid zstd stream', offset));
  if (taken === 0) throw endsEarly(offset);
  return taken;
}
