import { readCompressed } from './archive/read-compressed.ts';
import type { FormatReader } from './format-reader.ts';

const MAGIC = [0x42, 0x5a, 0x68];

/** Bzip2 files: one packed content, in one or more streams that follow each other. */
export const bzip2: FormatReader = {
  meta: {
    id: 'bzip2',
    title: 'Bzip2 file',
    extensions: ['.bz2', '.tbz2'],
    specification: 'https://github.com/dsnet/compress/blob/master/doc/bzip2-format.pdf (2016)',
    provides: ['archive'],
    isStreamed: true,
    since: '0.2.0',
  },
  match: (head) => (MAGIC.every((byte, index) => head[index] === byte) && (head[3] ?? 0) >= 0x31 && (head[3] ?? 0) <= 0x39 ? 'certain' : undefined),
  read: (artifact, context) => readCompressed(artifact, context, 'bzip2', 'bzip2'),
};
