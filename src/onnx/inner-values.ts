import { constantValue } from './constant-value.ts';
import { findHeadBefore } from './classifier-head.ts';
import { indexGraph, isOperator, type GraphIndex } from './graph-index.ts';
import type { OnnxGraph, OnnxNode } from './onnx-model.ts';
import { namesReadBy } from './walk.ts';

const ACTIVATIONS = [
  'Relu', 'LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Celu', 'ThresholdedRelu', 'Clip', 'HardSwish', 'Gelu', 'Mish', 'Swish', 'Tanh', 'Sigmoid', 'HardSigmoid',
  'Softplus', 'Softsign',
] as const;

const LINEAR = ['Conv', 'Gemm', 'MatMul'] as const;

/** Rearrange numbers and compute none: a value behind one is the value in front of it. */
const REARRANGING = ['Identity', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Dropout', 'Transpose', 'Cast'] as const;

/** What stands between a linear layer and its activation. */
const ADJUSTING = ['BatchNormalization', 'Add', 'Mul', 'Identity'] as const;

/** Nodes looked at behind a linear layer for its activation: normalization, bias, and two to spare. */
const MAX_STEPS = 4;

/**
 * Values that hold the features of a classifier, the nearest to `output` first: what enters the last linear layer, and
 * what activation functions make (x · sigmoid(x) counts as one); of a linear layer that none follows, its own output.
 */
export async function innerValues(graph: OnnxGraph, output: string): Promise<readonly string[]> {
  const index = indexGraph(graph);
  const head = await findHeadBefore(index, output);
  const found = new Set<string>();
  const features = head === undefined ? undefined : sourceOf(index, head.featuresValue);
  const end = head?.featuresValue ?? output;
  const before = ancestors(index, end);
  // Pooled features come first; where nothing is pooled the features are the last activation itself.
  if (features !== undefined && index.producers.has(features)) found.add(features);
  for (const node of [...graph.nodes].reverse()) {
    const value = node.outputs[0];
    if (value === undefined || !before.has(node)) continue;
    if (isActivation(index, node) || (await isLooseLinear(index, node))) found.add(value);
  }
  found.delete(output);
  return [...found];
}

/** Nodes that a value depends on, with the one that makes it. */
function ancestors(index: GraphIndex, value: string): ReadonlySet<OnnxNode> {
  const found = new Set<OnnxNode>();
  const open = [value];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = index.producers.get(name);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    open.push(...namesReadBy(node));
  }
  return found;
}

function sourceOf(index: GraphIndex, value: string): string {
  let at = value;
  for (let node = index.producers.get(at); isOperator(node, ...REARRANGING); node = index.producers.get(at)) at = node.inputs[0] ?? '';
  return at;
}

function isActivation(index: GraphIndex, node: OnnxNode): boolean {
  if (isGated(index, node)) return true;
  if (!isOperator(node, ...ACTIVATIONS)) return false;
  // A gate of its own input is a part of the activation that multiplies the two.
  return !(index.consumers.get(node.outputs[0] ?? '') ?? []).some((consumer) => isGated(index, consumer));
}

/** x · sigmoid(x), written out. */
function isGated(index: GraphIndex, node: OnnxNode): boolean {
  if (!isOperator(node, 'Mul')) return false;
  const [left = '', right = ''] = node.inputs;
  return [[left, right], [right, left]].some(([one = '', other = '']) => {
    const gate = index.producers.get(one);
    return isOperator(gate, 'Sigmoid', 'HardSigmoid') && gate.inputs[0] === other;
  });
}

/** A layer with constant weights whose output goes on without an activation: into a sum, a pooling, a normalization. */
async function isLooseLinear(index: GraphIndex, node: OnnxNode): Promise<boolean> {
  if (!isOperator(node, ...LINEAR) || (await constantValue(index, node.inputs[1] ?? '')) === undefined) return false;
  let value = node.outputs[0] ?? '';
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const consumers = index.consumers.get(value) ?? [];
    if (consumers.some((one) => isOperator(one, ...ACTIVATIONS))) return false;
    const next = consumers[0];
    if (consumers.length !== 1 || !isOperator(next, ...ADJUSTING)) return true;
    value = next.outputs[0] ?? '';
  }
  return true;
}
