import { createInflate, createInflateRaw } from 'node:zlib';
import { GateError } from '../../errors.ts';
import { UNPACK_CHUNK_BYTES } from '../archive-limits.ts';
import { throughEngine } from './through-engine.ts';
import type { Unpacked } from './unpacked.ts';

/** Deflate (RFC 1951) or zlib (RFC 1950) by Node's own zlib, which stops at the end of the stream and says where that was. */
export function inflated(packed: AsyncIterable<Uint8Array>, encoding: 'deflate' | 'zlib', offset: number): Unpacked {
  const options = { chunkSize: UNPACK_CHUNK_BYTES };
  return throughEngine(encoding === 'deflate' ? createInflateRaw(options) : createInflate(options), packed, (error) => damaged(error, encoding, offset));
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
