import type { FormatReader } from '../../src/formats/format-reader.ts';
import { GateError } from '../../src/errors.ts';

/** First bytes of the format; replace. */
const MAGIC = new Uint8Array([0x54, 0x4d, 0x50, 0x4c]);

/** Starting point of a new format reader. A valid file is: the magic, then nothing. Replace by the specification. */
export const templateFormat: FormatReader = {
  meta: {
    id: 'template-format',
    title: 'Template format',
    extensions: ['.template'],
    specification: 'https://example.org/specification (version)',
    provides: ['metadata'],
    since: '0.1.0',
  },
  match(head) {
    return head.length >= MAGIC.length && MAGIC.every((byte, index) => head[index] === byte) ? 'certain' : undefined;
  },
  async read(artifact) {
    if (artifact.bytes.size !== MAGIC.length) {
      throw new GateError({
        code: artifact.bytes.size < MAGIC.length ? 'format/truncated' : 'format/malformed',
        message: `A template file has ${MAGIC.length} bytes, this one has ${artifact.bytes.size}.`,
        where: { artifact: artifact.path, offset: Math.min(artifact.bytes.size, MAGIC.length) },
        nextStep: 'Export the file again.',
      });
    }
    return { artifact, format: 'template-format', facets: { metadata: new Map() }, problems: {}, absences: {}, unclaimed: [], companions: [], notes: [] };
  },
};
