import type { ByteSource } from './byte-source.ts';
import { checkRange } from './check-range.ts';

/** Several sources one behind the other as one. A read that lies within one of them is that one's, without a copy. */
export function concatenatedSource(sources: readonly ByteSource[]): ByteSource {
  const starts: number[] = [];
  let size = 0;
  for (const source of sources) {
    starts.push(size);
    size += source.size;
  }
  return {
    size,
    async read(offset, length) {
      checkRange({ offset, length }, size, undefined);
      const parts: Uint8Array[] = [];
      for (const [index, source] of sources.entries()) {
        const start = starts[index] ?? 0;
        const from = Math.max(offset, start);
        const to = Math.min(offset + length, start + source.size);
        if (from < to) parts.push(await source.read(from - start, to - from));
      }
      const [only] = parts;
      if (parts.length === 1 && only !== undefined) return only;
      const joined = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        joined.set(part, at);
        at += part.byteLength;
      }
      return joined;
    },
  };
}
