import { readCompressed } from './archive/read-compressed.ts';
import type { FormatReader } from './format-reader.ts';

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** Zstandard files: one packed content, in one or more frames that follow each other. Read where Node can (22.15 on), else "not read". */
export const zstd: FormatReader = {
  meta: {
    id: 'zstd',
    title: 'Zstandard file',
    extensions: ['.zst', '.tzst'],
    specification: 'https://www.rfc-editor.org/rfc/rfc8878',
    provides: ['archive'],
    isStreamed: true,
    since: '0.2.0',
  },
  match: (head) => (MAGIC.every((byte, index) => head[index] === byte) ? 'certain' : undefined),
  read: (artifact, context) => readCompressed(artifact, context, 'zstd', 'zstd'),
};
