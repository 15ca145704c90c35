import { GateError } from '../errors.ts';
import type { FormatReader } from './format-reader.ts';
import { namingArtifact } from './naming-artifact.ts';
import { looksLikeGraph } from './tensorflow/looks-like-graph.ts';
import type { Span } from './tensorflow/message.ts';
import { modelOfGraphs } from './tensorflow/model-of-graphs.ts';
import { operatorsOf } from './tensorflow/operators-of.ts';
import { graphBudget, readGraph } from './tensorflow/read-graph.ts';
import { rangeOf, readMetaGraph } from './tensorflow/read-meta-graph.ts';

/** A GraphDef by itself (a frozen graph), or a MetaGraphDef (`.meta` beside a checkpoint); the bytes tell which. */
export const tensorflowGraph: FormatReader = {
  meta: {
    id: 'tensorflow-graph',
    title: 'TensorFlow graph',
    extensions: ['.pb', '.ckpt.meta'],
    specification: 'https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/core/framework/graph.proto, tensorflow/core/protobuf/meta_graph.proto (TensorFlow 2.21)',
    provides: ['code', 'structure', 'tensors'],
    since: '0.3.0',
  },
  match(head) {
    const kind = looksLikeGraph(head);
    return kind === 'graph' || kind === 'meta-graph' ? 'certain' : undefined;
  },
  async read(artifact, context) {
    const { path, bytes: source } = artifact;
    const bytes = await source.read(0, source.size);
    if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the graph was cancelled.' });
    const file: Span = { bytes, start: 0, end: bytes.byteLength };
    return namingArtifact(path, 'Export the graph again, and fetch or upload it whole.', () => {
      const budget = graphBudget();
      if (looksLikeGraph(bytes) === 'meta-graph') return modelOfGraphs({ artifact, format: 'tensorflow-graph', ...readMetaGraph(file, 'the graph', budget) });
      const scopes = readGraph(file, budget);
      return modelOfGraphs({ artifact, format: 'tensorflow-graph', scopes, programs: [operatorsOf({ place: 'the graph', range: rangeOf(file), scopes })], oddities: [] });
    });
  },
};
