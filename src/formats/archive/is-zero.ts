import type { ByteSource } from '../../artifacts/byte-source.ts';
import { UNPACK_CHUNK_BYTES } from '../../artifacts/archive-limits.ts';

/** Whether a range holds nothing but zeros: padding, in which nothing hides. Stops at the first byte that is none. */
export async function isZero(source: ByteSource, offset: number, length: number): Promise<boolean> {
  for (let done = 0; done < length;) {
    const piece = await source.read(offset + done, Math.min(UNPACK_CHUNK_BYTES, length - done));
    if (piece.some((byte) => byte !== 0)) return false;
    done += piece.byteLength;
  }
  return true;
}
