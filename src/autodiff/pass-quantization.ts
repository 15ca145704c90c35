import { isOperator } from '../onnx/graph-index.ts';
import type { OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';

/**
 * Rounding has a gradient of zero almost everywhere; the customary stand-in is that of the identity (the straight-through
 * estimator: Bengio, Léonard, Courville 2013, arXiv:1308.3432). So a value that is quantised and restored by the same scale
 * and zero point is passed on as it was. Restored constants stay: they are the weights.
 */
export function passQuantization(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const quantizers = new Map(graph.nodes.filter((node) => isOperator(node, 'QuantizeLinear')).map((node) => [node.outputs[0] ?? '', node]));
  if (quantizers.size === 0) return model;
  const nodes = graph.nodes.map((node): OnnxNode => {
    const quantizer = isOperator(node, 'DequantizeLinear') ? quantizers.get(node.inputs[0] ?? '') : undefined;
    const isSame = quantizer !== undefined && [1, 2].every((input) => (quantizer.inputs[input] ?? '') === (node.inputs[input] ?? ''));
    return isSame ? { ...node, opType: 'Identity', inputs: quantizer.inputs.slice(0, 1), attributes: new Map() } : node;
  });
  return { ...model, graph: { ...graph, nodes } };
}
