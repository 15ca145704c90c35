import { memorySource } from '../../src/artifacts/memory-source.ts';
import type { GraphFacet } from '../../src/model/facets.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import type { OnnxAttribute, OnnxDataType, OnnxDimension, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from '../../src/onnx/onnx-model.ts';

export interface TinyGraph {
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers?: readonly OnnxTensor[];
}

/** A graph of a few nodes, written down in the test that needs it. */
export async function tinyGraph({ inputs, outputs, nodes, initializers = [] }: TinyGraph): Promise<GraphFacet> {
  const model: OnnxModel = {
    irVersion: 8n,
    producerName: 'modelgate tests',
    producerVersion: '',
    domain: '',
    modelVersion: 0n,
    opsetImports: new Map([['', 13n]]),
    graph: { name: 'tiny', nodes, initializers, sparseInitializers: [], inputs, outputs, valueInfo: [] },
    functions: [],
    metadata: new Map(),
  };
  return { model, bytes: memorySource(await encodeOnnxModel(model)), externalFiles: [] };
}

export function value(name: string, elementType: OnnxDataType, shape: readonly OnnxDimension[]): OnnxValueInfo {
  return { name, type: { kind: 'tensor', elementType, shape } };
}

export function node(opType: string, inputs: readonly string[], outputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): OnnxNode {
  return { name: outputs[0] ?? opType, opType, domain: '', inputs, outputs, attributes: new Map(Object.entries(attributes)) };
}

export function constant(name: string, dims: readonly number[], values: readonly number[]): OnnxTensor {
  return { name, dataType: 'float', dims, values: Float32Array.from(values) };
}

export async function bytesOf(graph: GraphFacet): Promise<Uint8Array> {
  return graph.bytes.read(0, graph.bytes.size);
}
