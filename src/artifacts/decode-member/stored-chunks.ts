import type { ByteSource } from '../byte-source.ts';
import { UNPACK_CHUNK_BYTES } from '../archive-limits.ts';
import type { Unpacked } from './unpacked.ts';

/** A range of a source, piece by piece. */
export async function* storedChunks(source: ByteSource, offset: number, length: number): Unpacked {
  for (let done = 0; done < length;) {
    const count = Math.min(UNPACK_CHUNK_BYTES, length - done);
    yield await source.read(offset + done, count);
    done += count;
  }
  return length;
}
