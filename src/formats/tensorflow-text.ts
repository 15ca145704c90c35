import { GateError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import type { FormatReader } from './format-reader.ts';
import { namingArtifact } from './naming-artifact.ts';
import { encodeText } from './tensorflow/encode-text.ts';
import { spansOf, type Span } from './tensorflow/message.ts';
import { modelOfGraphs } from './tensorflow/model-of-graphs.ts';
import { operatorsOf } from './tensorflow/operators-of.ts';
import { graphBudget, readGraph } from './tensorflow/read-graph.ts';
import { rangeOf, readMetaGraph, type ReadMetaGraph } from './tensorflow/read-meta-graph.ts';
import type { MessageName } from './tensorflow/text-schema.ts';

/** A graph in text is some three times as long as in bytes, and one beyond the limit of protobuf cannot be loaded (CWE-770). */
const MAX_BYTES = 512 * 2 ** 20;

type Root = Extract<MessageName, 'SavedModel' | 'MetaGraphDef' | 'GraphDef'>;

/** Fields that only one of the messages has at its top. */
const OWN: Readonly<Record<string, Root>> = {
  saved_model_schema_version: 'SavedModel', meta_graphs: 'SavedModel',
  meta_info_def: 'MetaGraphDef', graph_def: 'MetaGraphDef', saver_def: 'MetaGraphDef', collection_def: 'MetaGraphDef', signature_def: 'MetaGraphDef', asset_file_def: 'MetaGraphDef', object_graph_def: 'MetaGraphDef',
  node: 'GraphDef',
};
/** Fields that other programs' messages have too: the name has to say the same. */
const SHARED: Readonly<Record<string, Root>> = { library: 'GraphDef', versions: 'GraphDef', version: 'GraphDef', debug_info: 'GraphDef' };
const NAME = /\.pb(?:\.)?txt$|\.meta\.txt$/i;

/** Graphs of TensorFlow as text (`saved_model.pbtxt`, `graph.pbtxt`): the messages of its binary files in protobuf's text format, which loaders take in their place. */
export const tensorflowText: FormatReader = {
  meta: {
    id: 'tensorflow-text',
    title: 'TensorFlow graph as text',
    extensions: ['/saved_model.pbtxt', '/graph.pbtxt'],
    specification: 'https://protobuf.dev/reference/protobuf/textformat-spec/ with the messages of TensorFlow 2.21 (tensorflow/core/protobuf/saved_model.proto, meta_graph.proto, tensorflow/core/framework/graph.proto)',
    provides: ['code', 'structure'],
    since: '0.3.0',
  },
  match(head, path) {
    const first = firstField(head);
    if (first === undefined) return undefined;
    if (Object.hasOwn(OWN, first)) return 'certain';
    return Object.hasOwn(SHARED, first) && NAME.test(path) ? 'certain' : undefined;
  },
  async read(artifact, { signal }) {
    const { path, bytes: source } = artifact;
    if (source.size > MAX_BYTES) throw new GateError({ code: 'format/limit-exceeded', message: `The text has ${String(source.size)} bytes; graphs are read up to ${String(MAX_BYTES)}.`, where: { artifact: path, offset: MAX_BYTES }, nextStep: 'Save the graph in its binary form.' });
    const text = await source.read(0, source.size);
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the graph was cancelled.' });
    return namingArtifact(path, 'Save the graph again, and fetch or upload it whole.', () => {
      const first = firstField(text) ?? '';
      const root = OWN[first] ?? SHARED[first] ?? 'GraphDef';
      const encoded = encodeText(text, root);
      return placedInText(modelOfGraphs({ artifact, format: 'tensorflow-text', ...readRoot(root, { bytes: encoded.bytes, start: 0, end: encoded.bytes.byteLength }) }), encoded.offsetOf, text.byteLength);
    });
  },
};

function readRoot(root: Root, file: Span): ReadMetaGraph {
  const budget = graphBudget();
  if (root === 'MetaGraphDef') return readMetaGraph(file, 'the graph', budget);
  if (root === 'GraphDef') {
    const scopes = readGraph(file, budget);
    return { scopes, programs: [operatorsOf({ place: 'the graph', range: rangeOf(file), scopes })], oddities: [] };
  }
  const graphs = spansOf(file, 2);
  if (graphs.length === 0) throw new GateError({ code: 'format/malformed', message: 'The SavedModel has no graph.', where: { offset: 0 } });
  const read = graphs.map((graph, index) => readMetaGraph(graph, graphs.length === 1 ? 'the graph' : `meta graph ${String(index + 1)}`, budget));
  return { scopes: read.flatMap(({ scopes }) => scopes), programs: read.flatMap(({ programs }) => programs), oddities: read.flatMap(({ oddities }) => oddities) };
}

/** The first field's name, behind comments; undefined where nothing follows that a field has. */
function firstField(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 64 * 1024)).toString('latin1');
  return /^(?:\s|#[^\n]*\n)*([a-z_]{1,40})\s*(?::|\{|<)/.exec(text)?.[1];
}

/** Offsets of the binary form, which nobody has, as places in the text. Numbers of a text are not read. */
function placedInText(model: Model, offsetOf: (at: number) => number, size: number): Model {
  const { code, structure } = model.facets;
  const range = ({ offset, length }: { readonly offset: number; readonly length: number }) => {
    const start = offsetOf(offset);
    return { offset: start, length: Math.max(1, (length === 0 ? start : offsetOf(offset + length - 1)) - start) };
  };
  return {
    ...model,
    facets: {
      ...(code === undefined ? {} : { code: { ...code, programs: code.programs.map((one) => ({ ...one, range: { offset: 0, length: size }, actions: one.actions.map((action) => ({ ...action, offset: offsetOf(action.offset) })) })) } }),
      ...(structure === undefined ? {} : { structure: { ...structure, oddities: structure.oddities.map((one) => (one.bytes === undefined ? one : { ...one, bytes: range(one.bytes) })) } }),
    },
    absences: { ...model.absences, tensors: 'The numbers of a graph in text are not read.' },
  };
}
