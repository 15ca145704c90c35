import { tensorOf } from '../onnx/build.ts';
import { floatAttribute, isOperator } from '../onnx/graph-index.ts';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../onnx/onnx-model.ts';
import { tensorValues } from '../onnx/tensor-values.ts';

/**
 * Batch normalization at inference is an affine map of each channel, which a convolution with constant weights just
 * before it can do itself. The engine would merge the forward pass alone; here the backward pass gains too. Parameters
 * stay where they are used by anything else.
 */
export async function fuseBatchNormalization(model: OnnxModel): Promise<OnnxModel> {
  const { graph } = model;
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const uses = new Map<string, number>();
  for (const name of [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map((one) => one.name)]) uses.set(name, (uses.get(name) ?? 0) + 1);
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));

  const replaced = new Map<OnnxNode, OnnxNode>();
  const gone = new Set<OnnxNode>();
  const added: OnnxTensor[] = [];
  for (const node of graph.nodes) {
    if (!isOperator(node, 'BatchNormalization') || node.outputs.slice(1).some((output) => output !== '')) continue;
    const [x = '', ...parameters] = node.inputs;
    const before = producers.get(x);
    if (!isOperator(before, 'Conv') || uses.get(x) !== 1) continue;
    const [data = '', w = '', b = ''] = before.inputs;
    const tensors = [w, ...parameters, ...(b === '' ? [] : [b])].map((name) => constants.get(name));
    if (parameters.length !== 4 || tensors.some((tensor) => tensor?.dataType !== 'float')) continue;
    const [weights, scale, shift, mean, variance, bias] = await Promise.all(tensors.flatMap((tensor) => (tensor === undefined ? [] : [tensorValues(tensor)])));
    const dims = constants.get(w)?.dims;
    if (weights === undefined || scale === undefined || shift === undefined || mean === undefined || variance === undefined || dims === undefined) continue;
    const epsilon = floatAttribute(node, 'epsilon', 1e-5);
    const factors = Array.from(scale, (one, channel) => one / Math.sqrt((variance[channel] ?? 1) + epsilon));
    const perChannel = weights.length / factors.length;
    const [newWeights, newBias] = [`${w}/merged with ${node.outputs[0] ?? ''}`, `${w}/bias merged with ${node.outputs[0] ?? ''}`];
    added.push(
      tensorOf(newWeights, Float32Array.from(weights, (one, index) => one * (factors[Math.floor(index / perChannel)] ?? 0)), dims),
      tensorOf(newBias, Float32Array.from(factors, (factor, channel) => ((bias?.[channel] ?? 0) - (mean[channel] ?? 0)) * factor + (shift[channel] ?? 0)), [factors.length]),
    );
    gone.add(before);
    replaced.set(node, { ...before, inputs: [data, newWeights, newBias], outputs: [node.outputs[0] ?? ''] });
  }
  if (replaced.size === 0) return model;
  const nodes = graph.nodes.filter((node) => !gone.has(node)).map((node) => replaced.get(node) ?? node);
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return { ...model, graph: { ...graph, nodes, initializers: [...graph.initializers, ...added].filter(({ name }) => used.has(name) || graph.outputs.some((output) => output.name === name)) } };
}
