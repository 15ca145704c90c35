import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../../src/onnx/onnx-model.ts';
import { ATTRIBUTE_KINDS, DATA_TYPES } from '../../src/onnx/schema.ts';
import { tensorValues } from '../../src/onnx/tensor-values.ts';

/** The form in which fixtures/generate/onnx-accept.py writes what the onnx package sees in a model. */

export function plainNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export async function plainTensor(tensor: OnnxTensor): Promise<Record<string, unknown>> {
  const head = { name: tensor.name, type: DATA_TYPES.indexOf(tensor.dataType), dims: [...tensor.dims] };
  if (tensor.dataType === 'string') return { ...head, strings: (tensor.values as readonly Uint8Array[]).map(text) };
  return { ...head, values: Array.from(await tensorValues(tensor), plainNumber) };
}

async function plainAttribute(attribute: OnnxAttribute): Promise<Record<string, unknown>> {
  if (attribute.type === 'reference') return { type: ATTRIBUTE_KINDS.indexOf(attribute.referenced), reference: attribute.value };
  const type = ATTRIBUTE_KINDS.indexOf(attribute.type);
  switch (attribute.type) {
    case 'int':
      return { type, value: Number(attribute.value) };
    case 'ints':
      return { type, value: attribute.value.map(Number) };
    case 'float':
      return { type, value: attribute.value };
    case 'floats':
      return { type, value: [...attribute.value] };
    case 'string':
      return { type, value: text(attribute.value) };
    case 'strings':
      return { type, value: attribute.value.map(text) };
    case 'tensor':
      return { type, value: await plainTensor(attribute.value) };
    case 'graph':
      return { type, value: await plainGraph(attribute.value) };
    default:
      return { type };
  }
}

async function plainNode(node: OnnxNode): Promise<Record<string, unknown>> {
  const attributes: Record<string, unknown> = {};
  for (const [name, attribute] of node.attributes) attributes[name] = await plainAttribute(attribute);
  return { op: node.opType, domain: node.domain, inputs: [...node.inputs], outputs: [...node.outputs], attributes };
}

async function plainGraph(graph: OnnxGraph): Promise<Record<string, unknown>> {
  return {
    name: graph.name,
    nodes: await Promise.all(graph.nodes.map(plainNode)),
    initializers: await Promise.all(graph.initializers.map(plainTensor)),
    inputs: graph.inputs.map((info) => info.name),
    outputs: graph.outputs.map((info) => info.name),
    valueInfo: graph.valueInfo.map((info) => info.name),
  };
}

export async function plainModel(model: OnnxModel): Promise<Record<string, unknown>> {
  return {
    irVersion: Number(model.irVersion),
    producerName: model.producerName,
    docString: model.docString ?? '',
    opsetImports: Object.fromEntries([...model.opsetImports].map(([domain, version]) => [domain, Number(version)])),
    metadata: Object.fromEntries(model.metadata),
    functions: await Promise.all(
      model.functions.map(async (body) => ({
        name: body.name,
        domain: body.domain,
        inputs: [...body.inputs],
        outputs: [...body.outputs],
        attributes: [...body.attributes],
        nodes: await Promise.all(body.nodes.map(plainNode)),
      })),
    ),
    graph: await plainGraph(model.graph),
  };
}

/** Everything a model holds, comparable: maps as entries, inline bytes as numbers, sources left out. */
export async function wholeModel(value: unknown): Promise<unknown> {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : plainNumber(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>, (one) => (typeof one === 'bigint' ? String(one) : plainNumber(one)));
  if (Array.isArray(value)) return Promise.all(value.map(wholeModel));
  if (value instanceof Map) return Promise.all([...value].map(wholeModel));
  if (typeof value !== 'object' || value === null) return value;
  if ('source' in value && 'range' in value) {
    const raw = value as NonNullable<OnnxTensor['raw']>;
    if (raw.location === 'external') return { path: raw.path, range: raw.range, sha1: raw.sha1 };
    return { bytes: Array.from(await raw.source.read(raw.range.offset, raw.range.length)) };
  }
  const entries = await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await wholeModel(one)] as const));
  return Object.fromEntries(entries);
}
