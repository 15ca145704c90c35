import { GateError } from '../errors.ts';
import type { FormatReader } from './format-reader.ts';
import { readMsgpack } from './msgpack/read-msgpack.ts';
import { tensorsOfArrays } from './msgpack/tensors-of-arrays.ts';

const NO_GRAPH = 'A Flax checkpoint holds weights without the network.';

/** Flax checkpoints: nested maps in MessagePack, with arrays as extension type 1. */
export const flax: FormatReader = {
  meta: {
    id: 'flax',
    title: 'Flax checkpoint (MessagePack)',
    extensions: ['.msgpack'],
    specification: 'https://github.com/msgpack/msgpack/blob/master/spec.md, https://flax.readthedocs.io/en/latest/api_reference/flax.serialization.html (Flax 0.12)',
    provides: ['tensors', 'structure'],
    isStreamed: true,
    since: '0.2.0',
  },
  match(head, path) {
    // MessagePack has no signature: a map whose first key is a text, under the name.
    if (!/\.msgpack$|(?:^|[/!])flax_model[^/]*$/i.test(path)) return undefined;
    const first = head[0] ?? 0;
    const at = first === 0xdf ? 5 : first === 0xde ? 3 : (first & 0xf0) === 0x80 ? 1 : undefined;
    if (at === undefined) return undefined;
    const key = head[at];
    return head.byteLength === 1 || (key !== undefined && ((key & 0xe0) === 0xa0 || (key >= 0xd9 && key <= 0xdb))) ? 'possible' : undefined;
  },
  async read(artifact, { signal }) {
    try {
      const { arrays, oddities, values, end } = await readMsgpack(artifact.bytes, signal);
      const rest = artifact.bytes.size - end;
      const tensors = tensorsOfArrays(arrays, artifact.bytes);
      const hasNumbers = tensors.facet.list.some(({ range }) => range.length > 0);
      return {
        artifact, format: 'flax',
        facets: {
          ...(hasNumbers ? { tensors: tensors.facet } : {}),
          structure: {
            examined: values,
            oddities: [...oddities, ...tensors.oddities, ...(rest === 0 ? [] : [{ kind: 'uncovered-bytes', place: 'the end', bytes: { offset: end, length: rest }, detail: `${String(rest)} bytes follow the value.` } as const])],
          },
        },
        problems: {}, absences: { graph: NO_GRAPH, classifier: NO_GRAPH, gradient: NO_GRAPH, probes: NO_GRAPH, samples: NO_GRAPH, ...(hasNumbers ? {} : { tensors: 'The file holds no arrays of plain numbers.' }) },
        unclaimed: rest === 0 ? [] : [{ offset: end, length: rest }], companions: [], notes: [`${String(tensors.facet.list.length)} arrays.`],
      };
    } catch (error) {
      if (!(error instanceof GateError) || error.code === 'inspection/cancelled') throw error;
      throw new GateError({ code: error.code, message: error.message, where: { artifact: artifact.path, ...error.where }, nextStep: 'Save the model again, and fetch or upload the file whole.', cause: error });
    }
  },
};
