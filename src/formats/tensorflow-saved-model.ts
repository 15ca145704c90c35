import { GateError } from '../errors.ts';
import { WIRE_LENGTH } from '../onnx/wire.ts';
import type { FormatReader } from './format-reader.ts';
import { namingArtifact } from './naming-artifact.ts';
import { looksLikeGraph } from './tensorflow/looks-like-graph.ts';
import { eachField, spansOf, type Span } from './tensorflow/message.ts';
import { modelOfGraphs } from './tensorflow/model-of-graphs.ts';
import { graphBudget } from './tensorflow/read-graph.ts';
import { followMetadata, readMetaGraph } from './tensorflow/read-meta-graph.ts';

/**
 * `saved_model.pb` of a SavedModel, and `keras_metadata.pb` and `fingerprint.pb` beside it. A SavedModel is meta graphs; each has a graph, a
 * library of functions and a list of objects. Every operator of all of them is looked at, with the texts it is given.
 */
export const tensorflowSavedModel: FormatReader = {
  meta: {
    id: 'tensorflow-saved-model',
    title: 'TensorFlow SavedModel',
    extensions: ['.pb'],
    specification: 'https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/core/protobuf/saved_model.proto (TensorFlow 2.21)',
    provides: ['code', 'structure', 'tensors'],
    since: '0.3.0',
  },
  match(head, path) {
    const kind = looksLikeGraph(head);
    if (kind === 'saved-model' || kind === 'keras-metadata' || kind === 'fingerprint') return 'certain';
    return kind === undefined && /(^|\/)(saved_model|keras_metadata)\.pb$/i.test(path) ? 'possible' : undefined;
  },
  async read(artifact, context) {
    const { path, bytes: source } = artifact;
    const bytes = await source.read(0, source.size);
    if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
    const file: Span = { bytes, start: 0, end: bytes.byteLength };
    return namingArtifact(path, 'Save the model again, and fetch or upload it whole.', () => {
      const kind = looksLikeGraph(bytes);
      if (kind === 'fingerprint') return modelOfGraphs({ artifact, format: 'tensorflow-saved-model', scopes: [], programs: [], oddities: [] });
      if (kind === 'keras-metadata') {
        // SavedMetadata.nodes 1, SavedObject.metadata 5.
        const { programs, oddities } = followMetadata(spansOf(file, 1).flatMap((node) => spansOf(node, 5)), 'the metadata');
        return modelOfGraphs({ artifact, format: 'tensorflow-saved-model', scopes: [], programs, oddities });
      }
      const budget = graphBudget();
      const graphs: Span[] = [];
      eachField(file, ({ number, wire, start, end }) => {
        if (number === 2 && wire === WIRE_LENGTH) graphs.push({ bytes, start, end });
      }, 'SavedModel');
      if (graphs.length === 0) throw new GateError({ code: 'format/malformed', message: 'The SavedModel has no graph.', where: { offset: 0 } });
      const read = graphs.map((graph, index) => readMetaGraph(graph, graphs.length === 1 ? 'the graph' : `meta graph ${index + 1}`, budget));
      return modelOfGraphs({
        artifact, format: 'tensorflow-saved-model',
        scopes: read.flatMap(({ scopes }) => scopes), programs: read.flatMap(({ programs }) => programs), oddities: read.flatMap(({ oddities }) => oddities),
      });
    });
  },
};
