import type { ByteRange, ByteSource } from './byte-source.ts';
import { bytesBetween } from './bytes-between.ts';
import { checkRange } from './check-range.ts';

/** A range of elements of `width` bytes, each with its bytes in the other order, as a source of its own. The range is a multiple of the width. */
export function swappedSource(source: ByteSource, range: ByteRange, width: number): ByteSource {
  return {
    size: range.length,
    async read(offset, length) {
      checkRange({ offset, length }, range.length, undefined);
      const from = offset - (offset % width);
      const to = Math.ceil((offset + length) / width) * width;
      const bytes = await source.read(range.offset + from, to - from);
      const swapped = new Uint8Array(bytes.byteLength);
      for (let at = 0; at < bytes.byteLength; at += width) for (let byte = 0; byte < width; byte += 1) swapped[at + byte] = bytes[at + width - 1 - byte] ?? 0;
      return bytesBetween(swapped, offset - from, offset - from + length);
    },
  };
}
