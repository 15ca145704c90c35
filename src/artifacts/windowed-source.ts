import type { ByteSource } from './byte-source.ts';
import { checkRange } from './check-range.ts';

/** One read from disk serves this many bytes of headers that follow each other. */
const WINDOW_BYTES = 256 * 1024;

/** The same source with its last window kept: thousands of small reads in rising order become few reads from disk. */
export function windowedSource(source: ByteSource): ByteSource {
  let window: { readonly offset: number; readonly bytes: Uint8Array } = { offset: 0, bytes: new Uint8Array(0) };
  return {
    size: source.size,
    async read(offset, length) {
      if (length >= WINDOW_BYTES) return source.read(offset, length);
      checkRange({ offset, length }, source.size, undefined);
      const at = offset - window.offset;
      if (at >= 0 && at + length <= window.bytes.byteLength) return window.bytes.subarray(at, at + length);
      window = { offset, bytes: await source.read(offset, Math.min(WINDOW_BYTES, source.size - offset)) };
      return window.bytes.subarray(0, length);
    },
  };
}
