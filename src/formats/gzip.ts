import { readCompressed } from './archive/read-compressed.ts';
import type { FormatReader } from './format-reader.ts';

/** Gzip files: one packed content, in one or more members that follow each other. */
export const gzip: FormatReader = {
  meta: {
    id: 'gzip',
    title: 'Gzip file',
    extensions: ['.gz', '.tgz'],
    specification: 'https://www.rfc-editor.org/rfc/rfc1952',
    provides: ['archive'],
    isStreamed: true,
    since: '0.2.0',
  },
  match: (head) => (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8 ? 'certain' : undefined),
  read: (artifact, context) => readCompressed(artifact, context, 'gzip', 'gzip'),
};
