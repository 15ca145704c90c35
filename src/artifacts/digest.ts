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
  /** The file and its state while it was hashed ({@link FileSource.identity}): who opens it later with the same need not hash it again. */
  readonly identity: string;
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
    return { digest, size: source.size, identity: source.identity };
  } catch (error) {
    if (error instanceof GateError && error.code === 'format/truncated') throw changed(path);
    throw error;
  } finally {
    await source.close();
  }
}

/**
 * SHA-256 of a whole source, piece by piece; the next piece is read while one is hashed. A source with `readInto` is
 * read into two buffers for good: a new one for each piece would wait for the garbage collector.
 */
export async function sha256OfSource(source: ByteSource, options: DigestOptions = {}): Promise<Digest> {
  const hash = createHash('sha256');
  const readPiece = pieceReader(source);
  let done = 0;
  let next = readPiece(0);
  while (done < source.size) {
    const piece = await next;
    if (options.signal?.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Hashing was cancelled.' });
    next = readPiece(done + piece.byteLength);
    // Awaited in the next turn; a rejection before that must not count as unhandled.
    next.catch(() => undefined);
    try {
      hash.update(piece);
      done += piece.byteLength;
      options.onProgress?.(done, source.size);
    } catch (error) {
      // Whoever closes the source after this must not do so under a read.
      await next.catch(() => undefined);
      throw error;
    }
  }
  await next;
  return `sha256:${hash.digest('hex')}`;
}

export function sha256Of(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function pieceReader(source: ByteSource): (offset: number) => Promise<Uint8Array> {
  const lengthAt = (offset: number): number => Math.min(HASH_CHUNK_BYTES, source.size - offset);
  if (source.readInto === undefined) return (offset) => source.read(offset, lengthAt(offset));

  const longest = Math.min(HASH_CHUNK_BYTES, source.size);
  const buffers = [new Uint8Array(longest), new Uint8Array(longest)] as const;
  return async (offset) => {
    const buffer = buffers[(offset / HASH_CHUNK_BYTES) % 2 === 0 ? 0 : 1];
    const piece = buffer.subarray(0, lengthAt(offset));
    await source.readInto?.(offset, piece);
    return piece;
  };
}

function changed(path: string): GateError {
  return new GateError({
    code: 'artifact/changed',
    message: `${path} was written to while it was being hashed.`,
    where: { artifact: path },
    nextStep: 'Run modelgate when nothing writes to the file.',
  });
}
