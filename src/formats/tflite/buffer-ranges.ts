import { GateError } from '../../errors.ts';
import type { FlatTable } from './flatbuffer.ts';

export interface BufferRange {
  readonly offset: number;
  readonly length: number;
}

/** Where each buffer's bytes lie: in the flatbuffer (`data` 0), or, in files beyond 2 GiB, behind it (`offset` 1, `size` 2). */
export function bufferRanges(buffers: readonly FlatTable[], fileBytes: number): BufferRange[] {
  return buffers.map((buffer) => {
    const inside = buffer.bytes(0);
    const [offset, length] = [buffer.u64(1), buffer.u64(2)];
    // An offset of 0 or 1 means that there is none (schema.fbs).
    if (offset <= 1) return inside ?? { offset: 0, length: 0 };
    if (length > fileBytes - offset) throw new GateError({ code: 'format/truncated', message: `A buffer of ${length} bytes at ${offset} is not all in the file, which has ${fileBytes}.`, where: { offset: Math.min(offset, fileBytes) } });
    if (inside !== undefined && inside.length > 0) throw new GateError({ code: 'format/malformed', message: 'A buffer has its bytes in two places.', where: { offset: buffer.at } });
    return { offset, length };
  });
}
