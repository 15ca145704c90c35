import { constants, inflateSync } from 'node:zlib';
import { partOf } from '../artifacts/part-of.ts';
import { readCompressed } from './archive/read-compressed.ts';
import type { FormatReader } from './format-reader.ts';

/** As much of the head as is unpacked to see whether it can be. */
const TRIED_BYTES = 4096;

/** Bare zlib streams, as joblib writes them: two bytes say so, and a beginning that can be unpacked. */
export const zlib: FormatReader = {
  meta: {
    id: 'zlib',
    title: 'Zlib stream',
    extensions: ['.z'],
    specification: 'https://www.rfc-editor.org/rfc/rfc1950',
    provides: ['archive'],
    isStreamed: true,
    since: '0.2.0',
  },
  match(head) {
    const [method, flags] = [head[0] ?? 0, head[1] ?? 0];
    // Deflate with a window of at most 32 KiB, no preset dictionary, the check of both bytes (section 2.2).
    if ((method & 0x0f) !== 8 || method >> 4 > 7 || (flags & 0x20) !== 0 || (method * 256 + flags) % 31 !== 0 || head.byteLength < 8) return undefined;
    try {
      const unpacked = inflateSync(partOf(head, 0, Math.min(TRIED_BYTES, head.byteLength)), { finishFlush: constants.Z_SYNC_FLUSH });
      return unpacked.byteLength > 0 ? 'certain' : undefined;
    } catch {
      return undefined;
    }
  },
  read: (artifact, context) => readCompressed(artifact, context, 'zlib', 'zlib'),
};
