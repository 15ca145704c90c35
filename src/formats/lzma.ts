import { readCompressed } from './archive/read-compressed.ts';
import type { FormatReader } from './format-reader.ts';

/** Larger contents are not announced by anybody. */
const MAX_PLAUSIBLE_SIZE_HIGH = 0x100;

/** LZMA files of the old kind, as joblib and xz --format=lzma write them. They have no signature: a header is told by being plausible. */
export const lzma: FormatReader = {
  meta: {
    id: 'lzma',
    title: 'LZMA file',
    extensions: ['.lzma'],
    specification: 'https://www.7-zip.org/sdk.html (LZMA specification)',
    provides: ['archive'],
    isStreamed: true,
    since: '0.2.0',
  },
  match(head) {
    // 0x5d is what every encoder writes unless told otherwise; the first byte of the range coder is zero.
    if (head.byteLength < 18 || head[0] !== 0x5d || head[13] !== 0) return undefined;
    const view = new DataView(head.buffer, head.byteOffset, 18);
    const [dictionary, low, high] = [view.getUint32(1, true), view.getUint32(5, true), view.getUint32(9, true)];
    const top = 2 ** Math.floor(Math.log2(Math.max(1, dictionary)));
    if (dictionary < 4096 || (dictionary !== top && dictionary !== top * 1.5)) return undefined;
    const isOpen = low === 0xffff_ffff && high === 0xffff_ffff;
    return isOpen || high < MAX_PLAUSIBLE_SIZE_HIGH ? 'certain' : undefined;
  },
  read: (artifact, context) => readCompressed(artifact, context, 'lzma', 'lzma'),
};
