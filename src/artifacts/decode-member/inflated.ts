import { Readable } from 'node:stream';
import { createInflate, createInflateRaw } from 'node:zlib';
import { GateError } from '../../errors.ts';
import { UNPACK_CHUNK_BYTES } from '../archive-limits.ts';
import type { Unpacked } from './unpacked.ts';

/** Deflate (RFC 1951) or zlib (RFC 1950) by Node's own zlib, which stops at the end of the stream and says where that was. */
export async function* inflated(packed: AsyncIterable<Uint8Array>, encoding: 'deflate' | 'zlib', offset: number): Unpacked {
  const options = { chunkSize: UNPACK_CHUNK_BYTES };
  const engine = encoding === 'deflate' ? createInflateRaw(options) : createInflate(options);
  const input = Readable.from(packed, { objectMode: true, highWaterMark: 1 });
  // What goes wrong while reading the packed bytes must reach whoever reads the unpacked ones.
  input.on('error', (error) => engine.destroy(error));
  input.pipe(engine);
  try {
    for await (const piece of engine) yield piece as Uint8Array;
  } catch (error) {
    throw error instanceof GateError ? error : damaged(error, encoding, offset);
  } finally {
    input.destroy();
    engine.destroy();
  }
  return engine.bytesWritten;
}

function damaged(error: unknown, encoding: string, offset: number): GateError {
  const isShort = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
  return new GateError({
    code: isShort ? 'format/truncated' : 'format/malformed',
    message: isShort ? `The packed content (${encoding}) ends early.` : `The packed content is no valid ${encoding} stream.`,
    where: { offset },
    nextStep: 'Fetch or pack the file again.',
    cause: error,
  });
}
