import { tensorOf } from '../onnx/build.ts';
import { indexGraph } from '../onnx/graph-index.ts';
import { inlineFunctions } from '../onnx/inline-functions.ts';
import type { OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';
import { followOutput, type OutputKind } from '../onnx/output-chain.ts';

export interface LogitsValue {
  readonly model: OnnxModel;
  /** Name of a value of the main graph. */
  readonly name: string;
}

/** Smaller probabilities count as this, as they do where probabilities are made into logits after a run. */
const PROBABILITY_FLOOR = 1e-12;

/**
 * The value to take a loss of. A gradient through a softmax that says 1 and 0 is 0 everywhere, so the scores in front of
 * it are taken where the graph has them; elsewhere the logarithm of the probabilities, appended to the graph.
 */
export async function logitsValue(model: OnnxModel, output: { readonly name: string; readonly kind: OutputKind; readonly classCount: number }): Promise<LogitsValue> {
  const straight = inlineFunctions(model);
  if (output.kind === 'log-probabilities') return asRows(straight, output.name, output.classCount);
  const chain = await followOutput(indexGraph(straight.graph), output.name);
  if (output.kind === 'logits') return asRows(straight, output.name, output.classCount);
  if (chain.activation !== undefined) return asRows(straight, chain.logitsValue, output.classCount);
  const floor = tensorOf('modelgate//floor', Float32Array.of(PROBABILITY_FLOOR), []);
  const nodes = [
    node('Max', [output.name, floor.name], 'modelgate//floored'),
    node('Log', ['modelgate//floored'], 'modelgate//logarithm'),
  ];
  const extended = { ...straight, graph: { ...straight.graph, nodes: [...straight.graph.nodes, ...nodes], initializers: [...straight.graph.initializers, floor] } };
  return asRows(extended, 'modelgate//logarithm', output.classCount);
}

/** The value as [batch, classes], whatever places of size one it has besides. */
function asRows(model: OnnxModel, name: string, classCount: number): LogitsValue {
  const shape = tensorOf('modelgate//rows', BigInt64Array.of(-1n, BigInt(classCount)), [2]);
  const reshape = node('Reshape', [name, shape.name], 'modelgate//logits');
  return {
    name: 'modelgate//logits',
    model: { ...model, graph: { ...model.graph, nodes: [...model.graph.nodes, reshape], initializers: [...model.graph.initializers, shape] } },
  };
}

function node(opType: string, inputs: readonly string[], output: string): OnnxNode {
  return { name: '', opType, domain: '', inputs, outputs: [output], attributes: new Map() };
}
