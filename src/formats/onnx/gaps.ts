import type { ByteRange, ByteSource } from '../../artifacts/byte-source.ts';

/** Writers align tensors to pages (4 KiB) or to the allocation granularity of Windows (64 KiB). */
const MAX_PADDING_BYTES = 65_536;

export interface Gaps {
  /** What no range covers, in order. */
  readonly gaps: readonly ByteRange[];
  /** Ranges that share a part with an earlier one; two ranges that are the same are one tensor used twice. */
  readonly overlaps: number;
}

export function gapsBetween(ranges: readonly ByteRange[], size: number): Gaps {
  const sorted = ranges.filter((range) => range.length > 0).sort((a, b) => a.offset - b.offset || b.length - a.length);
  const gaps: ByteRange[] = [];
  let overlaps = 0;
  let covered = 0;
  let previous: ByteRange | undefined;
  for (const range of sorted) {
    if (range.offset === previous?.offset && range.length === previous.length) continue;
    previous = range;
    if (range.offset > covered) gaps.push({ offset: covered, length: range.offset - covered });
    else if (range.offset < covered) overlaps++;
    covered = Math.max(covered, range.offset + range.length);
  }
  if (covered < size) gaps.push({ offset: covered, length: size - covered });
  return { gaps, overlaps };
}

/** Zeros shorter than an alignment are padding. Anything else is where a second file hides. */
export async function isPadding(gap: ByteRange, source: ByteSource): Promise<boolean> {
  if (gap.length >= MAX_PADDING_BYTES) return false;
  return (await source.read(gap.offset, gap.length)).every((byte) => byte === 0);
}
