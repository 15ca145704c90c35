import type { ByteSource } from './byte-source.ts';
import { checkRange } from './check-range.ts';

/** A {@link ByteSource} over bytes already in memory. `read` returns a view, not a copy: callers must not write into it. */
export function memorySource(bytes: Uint8Array, artifact?: string): ByteSource {
  return {
    size: bytes.byteLength,
    async read(offset, length) {
      checkRange({ offset, length }, bytes.byteLength, artifact);
      return bytes.subarray(offset, offset + length);
    },
  };
}
