import { GateError } from '../errors.ts';
import type { CodeProgram } from '../model/code.ts';
import type { FormatReader } from './format-reader.ts';
import { decodeJsonText } from './json/decode-json-text.ts';
import { duplicateKeys } from './json/duplicate-keys.ts';
import type { JsonNode } from './json/json-node.ts';
import { jsonMembers } from './json/json-values.ts';
import { parseJson } from './json/parse-json.ts';
import { followNode } from './keras/follow-config.ts';
import { namingArtifact } from './naming-artifact.ts';
import { rawTensors } from './raw-tensors.ts';
import { operatorsOf } from './tensorflow/operators-of.ts';
import { graphBudget, readGraph } from './tensorflow/read-graph.ts';
import { encodeGraph } from './tfjs/encode-graph.ts';
import { readWeights } from './tfjs/read-weights.ts';

/** A description of a network. The largest graph models have some MB; their weights lie beside them (CWE-770). */
const MAX_MODEL_BYTES = 128 * 2 ** 20;

const NOT_RUN = 'Models of TensorFlow.js are examined and not run.';

/** `model.json` of TensorFlow.js: a network of Keras layers, or a graph of TensorFlow, and where its weights lie. */
export const tfjs: FormatReader = {
  meta: {
    id: 'tfjs',
    title: 'TensorFlow.js model',
    extensions: [],
    specification: 'https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-core/src/io/types.ts (ModelJSON)',
    provides: ['code', 'structure', 'tensors'],
    since: '0.3.0',
  },
  match(head) {
    const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('utf8');
    return /^\s*\{/.test(text) && /"(?:modelTopology|weightsManifest)"\s*:/.test(text) ? 'certain' : undefined;
  },
  async read(artifact, context) {
    const { bytes: source, path } = artifact;
    return namingArtifact(path, 'Convert the model again, and fetch or upload it whole.', async () => {
      if (source.size > MAX_MODEL_BYTES) throw new GateError({ code: 'format/limit-exceeded', message: `The model has ${source.size} bytes; ${MAX_MODEL_BYTES} are read.`, where: { offset: 0 } });
      const root = parseJson(decodeJsonText(await source.read(0, source.size)));
      if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
      const topologies = jsonMembers(root, 'modelTopology');
      const programs = topologies.flatMap((topology) => programsOf(topology, source.size));
      const weights = await readWeights(root, context.openCompanion);
      const tensors = rawTensors(weights.tensors);
      return {
        artifact,
        format: 'tfjs',
        facets: {
          code: { programs, unexamined: [] },
          structure: { examined: Math.max(1, weights.tensors.length), oddities: [...duplicateKeys(root), ...weights.oddities] },
          ...(tensors === undefined ? {} : { tensors }),
        },
        problems: weights.problem === undefined ? {} : { tensors: weights.problem },
        absences: { graph: NOT_RUN, ...(tensors === undefined && weights.problem === undefined ? { tensors: 'The model has no weights.' } : {}) },
        unclaimed: [],
        companions: weights.companions,
        notes: [...(weights.unread === 0 ? [] : [`${weights.unread} weights are texts, or lie behind texts; their values were not looked at.`])],
      };
    });
  },
};

/** A topology may be layers, a graph, or a message that is both; whatever is in it is followed. */
function programsOf(topology: JsonNode, length: number): readonly CodeProgram[] {
  const place = { place: 'modelTopology', offset: 0, length };
  const { programs } = followNode(topology, place);
  const bytes = encodeGraph(topology);
  const scopes = readGraph({ bytes, start: 0, end: bytes.byteLength }, graphBudget());
  if (scopes.every(({ nodes }) => nodes.length === 0)) return programs;
  const graph = operatorsOf({ place: 'modelTopology', range: { offset: 0, length }, scopes });
  // Offsets are those of the message that the JSON stands for.
  const operators = { ...graph, actions: graph.actions.map((action) => ({ ...action, offset: topology.at })) };
  return [...programs.filter(({ actions }) => actions.length > 0), operators];
}
