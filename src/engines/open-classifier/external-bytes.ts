import type { ByteSource } from '../../artifacts/byte-source.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../../onnx/onnx-model.ts';
import type { ExternalBytes } from '../engine.ts';

/** Every external file the model's tensors lie in, by the name the model calls it, whole and in memory. */
export async function externalBytes(model: OnnxModel): Promise<ExternalBytes[]> {
  const sources = new Map<string, ByteSource>();
  collectGraph(model.graph, sources);
  for (const one of model.functions) collectNodes(one.nodes, sources);
  const files: ExternalBytes[] = [];
  for (const [path, source] of sources) files.push({ path, data: await source.read(0, source.size) });
  return files;
}

function collectGraph(graph: OnnxGraph, sources: Map<string, ByteSource>): void {
  for (const tensor of graph.initializers) collectTensor(tensor, sources);
  for (const { values, indices } of graph.sparseInitializers) {
    collectTensor(values, sources);
    collectTensor(indices, sources);
  }
  collectNodes(graph.nodes, sources);
}

function collectNodes(nodes: readonly OnnxNode[], sources: Map<string, ByteSource>): void {
  for (const node of nodes) for (const attribute of node.attributes.values()) collectAttribute(attribute, sources);
}

function collectAttribute(attribute: OnnxAttribute, sources: Map<string, ByteSource>): void {
  switch (attribute.type) {
    case 'tensor':
      return collectTensor(attribute.value, sources);
    case 'tensors':
      return attribute.value.forEach((one) => collectTensor(one, sources));
    case 'graph':
      return collectGraph(attribute.value, sources);
    case 'graphs':
      return attribute.value.forEach((one) => collectGraph(one, sources));
    default:
  }
}

function collectTensor(tensor: OnnxTensor, sources: Map<string, ByteSource>): void {
  if (tensor.raw?.location === 'external' && tensor.raw.path !== undefined) sources.set(tensor.raw.path, tensor.raw.source);
}
