import { createHash } from 'node:crypto';
import { GateError } from '../errors.ts';
import type { Digest } from './artifact.ts';
import type { ByteSource } from './byte-source.ts';
import { openFileSource } from './file-source.ts';
import { HASH_CHUNK_BYTES } from './limits.ts';

export interface DigestOptions {
  readonly signal?: AbortSignal;
  /** Called after each piece with the bytes hashed so far and the bytes in all. */
  readonly onProgress?: (done: number, size: number) => void;
  /** What errors call the file; default: its absolute path. */
  readonly path?: string;
}

export interface FileDigest {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/**
 * SHA-256 of a regular file with flat memory. Throws `artifact/unreadable`, `artifact/changed` when the file was
 * written to meanwhile, and `inspection/cancelled`.
 */
export async function sha256OfFile(absolutePath: string, options: DigestOptions = {}): Promise<FileDigest> {
  const path = options.path ?? absolutePath;
  const source = await openFileSource(absolutePath, path);
  try {
    const digest = await sha256OfSource(source, options);
    if (await source.isChanged()) throw changed(path);
    return { digest, size: source.size };
  } catch (error) {
    if (error instanceof GateError && error.code === 'format/truncated') throw changed(path);
    throw error;
  } finally {
    await source.close();
  }
}

/** SHA-256 of a whole source, piece by piece; the next piece is read while one is hashed. */
export async function sha256OfSource(source: ByteSource, options: DigestOptions = {}): Promise<Digest> {
  const hash = createHash('sha256');
  let done = 0;
  let next = readPiece(source, 0);
  while (done < source.size) {
    if (options.signal?.aborted) {
      await next.catch(() => undefined);
      throw new GateError({ code: 'inspection/cancelled', message: 'Hashing was cancelled.' });
    }
    const piece = await next;
    next = readPiece(source, done + piece.byteLength);
    // Awaited in the next turn; a rejection before that must not count as unhandled.
    next.catch(() => undefined);
    hash.update(piece);
    done += piece.byteLength;
    options.onProgress?.(done, source.size);
  }
  await next;
  return `sha256:${hash.digest('hex')}`;
}

export function sha256Of(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function readPiece(source: ByteSource, offset: number): Promise<Uint8Array> {
  return source.read(offset, Math.min(HASH_CHUNK_BYTES, source.size - offset));
}

function changed(path: string): GateError {
  return new GateError({
    code: 'artifact/changed',
    message: `${path} was written to while it was being hashed.`,
    where: { artifact: path },
    nextStep: 'Run modelgate when nothing writes to the file.',
  });
}
