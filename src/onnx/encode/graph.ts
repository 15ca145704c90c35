import type { OnnxDimension, OnnxGraph, OnnxNode, OnnxShapedType, OnnxType, OnnxValueInfo } from '../onnx-model.ts';
import { DATA_TYPES } from '../schema.ts';
import { intField, lengthDelimitedParts, textField } from '../wire-writer.ts';
import { encodeAttribute } from './attribute.ts';
import { encodeEntries, flattened, optionalText, type Parts } from './field.ts';
import { encodeSparseTensor, encodeTensor } from './tensor.ts';

type Pieces = readonly Uint8Array[];

export async function encodeGraph(graph: OnnxGraph): Promise<Pieces> {
  const parts: Parts[] = [];
  for (const node of graph.nodes) parts.push(lengthDelimitedParts(1, await encodeNode(node)));
  parts.push(optionalText(2, graph.name));
  for (const tensor of graph.initializers) parts.push(lengthDelimitedParts(5, await encodeTensor(tensor)));
  parts.push(optionalText(10, graph.docString ?? ''));
  for (const [field, list] of [[11, graph.inputs], [12, graph.outputs], [13, graph.valueInfo]] as const) {
    for (const info of list) parts.push(lengthDelimitedParts(field, encodeValueInfo(info)));
  }
  for (const { tensorName, parameters } of graph.quantizationAnnotations ?? []) {
    parts.push(lengthDelimitedParts(14, flattened([optionalText(1, tensorName), encodeEntries(2, parameters)])));
  }
  for (const tensor of graph.sparseInitializers) parts.push(lengthDelimitedParts(15, await encodeSparseTensor(tensor)));
  parts.push(encodeEntries(16, graph.metadata));
  return flattened(parts);
}

export async function encodeNode(node: OnnxNode): Promise<Pieces> {
  const attributes: Parts[] = [];
  for (const [name, attribute] of node.attributes) attributes.push(lengthDelimitedParts(5, await encodeAttribute(name, attribute)));
  return flattened([
    // An empty input name leaves out an optional input and must keep its place.
    ...node.inputs.map((name) => textField(1, name)),
    ...node.outputs.map((name) => textField(2, name)),
    optionalText(3, node.name),
    textField(4, node.opType),
    ...attributes,
    optionalText(6, node.docString ?? ''),
    optionalText(7, node.domain),
    optionalText(8, node.overload ?? ''),
    encodeEntries(9, node.metadata),
    ...(node.deviceConfigurations ?? []).map(({ configurationId, pipelineStage, sharding }) =>
      lengthDelimitedParts(10, flattened([
        optionalText(1, configurationId),
        ...sharding.map((spec) => lengthDelimitedParts(2, flattened([
          optionalText(1, spec.tensorName),
          ...spec.devices.map((device) => intField(2, device)),
          ...spec.deviceGroups.map(({ key, devices }) => lengthDelimitedParts(3, [intField(1, key), ...devices.map((device) => intField(2, device))])),
          ...spec.dimensions.map(({ axis, shards }) => lengthDelimitedParts(4, flattened([
            intField(1, axis),
            ...shards.map(({ dimension, count }) => lengthDelimitedParts(2, flattened([encodeDimensionValue(dimension), intField(3, count)]))),
          ]))),
        ]))),
        ...(pipelineStage === undefined ? [] : [intField(3, pipelineStage)]),
      ])),
    ),
  ]);
}

export function encodeValueInfo(info: OnnxValueInfo): Pieces {
  const { type } = info;
  const isAbsent = type.kind === 'unknown' && type.denotation === undefined;
  return flattened([
    optionalText(1, info.name),
    isAbsent ? [] : lengthDelimitedParts(2, encodeType(type)),
    optionalText(3, info.docString ?? ''),
    encodeEntries(4, info.metadata),
  ]);
}

export function encodeType(type: OnnxType): Pieces {
  return flattened([encodeTypeValue(type), optionalText(6, type.denotation ?? '')]);
}

function encodeTypeValue(type: OnnxType): Parts {
  switch (type.kind) {
    case 'tensor':
      return lengthDelimitedParts(1, encodeShaped(type));
    case 'sequence':
      return lengthDelimitedParts(4, encodeElement(type.element));
    case 'map':
      return lengthDelimitedParts(5, flattened([
        intField(1, DATA_TYPES.indexOf(type.key)),
        type.value === undefined ? [] : lengthDelimitedParts(2, encodeType(type.value)),
      ]));
    case 'opaque':
      return lengthDelimitedParts(7, flattened([optionalText(1, type.domain), optionalText(2, type.name)]));
    case 'sparse-tensor':
      return lengthDelimitedParts(8, encodeShaped(type));
    case 'optional':
      return lengthDelimitedParts(9, encodeElement(type.element));
    case 'unknown':
      return [];
  }
}

function encodeElement(element: OnnxType | undefined): Pieces {
  return element === undefined ? [] : lengthDelimitedParts(1, encodeType(element));
}

function encodeShaped({ elementType, shape, shapeDenotations }: OnnxShapedType): Pieces {
  const dims = shape?.map((dim, index) => lengthDelimitedParts(1, flattened([encodeDimensionValue(dim), optionalText(3, shapeDenotations?.[index] ?? '')])));
  return flattened([intField(1, DATA_TYPES.indexOf(elementType)), dims === undefined ? [] : lengthDelimitedParts(2, flattened(dims))]);
}

function encodeDimensionValue(dimension: OnnxDimension): Parts {
  if (dimension === undefined) return [];
  return typeof dimension === 'number' ? intField(1, dimension) : textField(2, dimension);
}
