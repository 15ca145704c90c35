import type { ByteSource } from '../../../artifacts/byte-source.ts';
import { decodeMember } from '../../../artifacts/decode-member.ts';

/** Bytes decoded at a time. */
const CHUNK_BYTES = 256 * 1024;

/** A text file piece by piece, unpacked when it is gzip. Throws where it is not UTF-8: a reader that guesses would hide characters. */
export async function* textPieces(source: ByteSource, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const bytes of bytesOf(source)) {
      signal.throwIfAborted();
      yield decoder.decode(bytes, { stream: true });
    }
    yield decoder.decode();
  } catch (thrown) {
    if (thrown instanceof TypeError) throw new Error('The rest of the file is not UTF-8.', { cause: thrown });
    throw thrown;
  }
}

async function* bytesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  const head = await source.read(0, Math.min(2, source.size));
  if (head[0] === 0x1f && head[1] === 0x8b) {
    yield* decodeMember(source, { offset: 0, length: source.size, encoding: 'gzip' });
    return;
  }
  for (let at = 0; at < source.size; at += CHUNK_BYTES) yield await source.read(at, Math.min(CHUNK_BYTES, source.size - at));
}
