import type { OnnxAttribute, OnnxNode } from '../onnx-model.ts';
import { ATTRIBUTE_KINDS } from '../schema.ts';
import { floatField, intField, lengthDelimited, lengthDelimitedParts, textField } from '../wire-writer.ts';
import { flattened, optionalText, type Parts } from './field.ts';
import { encodeGraph, encodeNode, encodeType } from './graph.ts';
import { encodeSparseTensor, encodeTensor } from './tensor.ts';

export async function encodeAttribute(name: string, attribute: OnnxAttribute): Promise<readonly Uint8Array[]> {
  const kind = attribute.type === 'reference' ? attribute.referenced : attribute.type;
  const value = await encodeValue(attribute);
  return flattened([
    textField(1, name),
    ...value,
    optionalText(13, attribute.docString ?? ''),
    kind === undefined ? [] : intField(20, ATTRIBUTE_KINDS.indexOf(kind)),
    attribute.type === 'reference' ? textField(21, attribute.value) : [],
  ]);
}

async function encodeValue(attribute: OnnxAttribute): Promise<readonly Parts[]> {
  switch (attribute.type) {
    case 'float':
      return [floatField(2, attribute.value)];
    case 'int':
      return [intField(3, attribute.value)];
    case 'string':
      return [lengthDelimited(4, [attribute.value])];
    case 'tensor':
      return [lengthDelimitedParts(5, await encodeTensor(attribute.value))];
    case 'graph':
      return [lengthDelimitedParts(6, await encodeGraph(attribute.value))];
    case 'floats':
      return attribute.value.map((one) => floatField(7, one));
    case 'ints':
      return attribute.value.map((one) => intField(8, one));
    case 'strings':
      return attribute.value.map((one) => lengthDelimited(9, [one]));
    case 'tensors':
      return each(attribute.value, 10, encodeTensor);
    case 'graphs':
      return each(attribute.value, 11, encodeGraph);
    case 'type':
      return [lengthDelimitedParts(14, encodeType(attribute.value))];
    case 'types':
      return attribute.value.map((one) => lengthDelimitedParts(15, encodeType(one)));
    case 'sparse_tensor':
      return [lengthDelimitedParts(22, await encodeSparseTensor(attribute.value))];
    case 'sparse_tensors':
      return each(attribute.value, 23, encodeSparseTensor);
    case 'reference':
      return [];
  }
}

async function each<Value>(list: readonly Value[], field: number, encode: (value: Value) => Promise<readonly Uint8Array[]>): Promise<readonly Parts[]> {
  const parts: Parts[] = [];
  for (const value of list) parts.push(lengthDelimitedParts(field, await encode(value)));
  return parts;
}

export async function encodeFunctionNodes(field: number, nodes: readonly OnnxNode[]): Promise<Parts> {
  return flattened(await each(nodes, field, encodeNode));
}
