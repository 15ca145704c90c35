import { readCompressed } from './archive/read-compressed.ts';
import type { FormatReader } from './format-reader.ts';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];

/** Xz files: one packed content, in one or more streams that follow each other. */
export const xz: FormatReader = {
  meta: {
    id: 'xz',
    title: 'Xz file',
    extensions: ['.xz', '.txz'],
    specification: 'https://tukaani.org/xz/xz-file-format.txt (1.2.1)',
    provides: ['archive'],
    isStreamed: true,
    since: '0.2.0',
  },
  match: (head) => (MAGIC.every((byte, index) => head[index] === byte) ? 'certain' : undefined),
  read: (artifact, context) => readCompressed(artifact, context, 'xz', 'xz'),
};
