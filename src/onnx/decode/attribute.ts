import { viewOf } from '../byte-view.ts';
import type { OnnxAttribute, OnnxAttributeKind } from '../onnx-model.ts';
import { ATTRIBUTE_KINDS, type Message } from '../schema.ts';
import { wireError } from '../wire.ts';
import type { DecodeContext } from './context.ts';
import { decodeGraph } from './graph.ts';
import { decodeSparseTensor, decodeTensor } from './tensor.ts';
import { decodeType } from './type.ts';
import { quoted } from '../quoted.ts';

const VALUE_FIELDS = {
  float: 'f', int: 'i', string: 's', tensor: 't', graph: 'g', sparse_tensor: 'sparseTensor', type: 'tp',
  floats: 'floats', ints: 'ints', strings: 'strings', tensors: 'tensors', graphs: 'graphs',
  sparse_tensors: 'sparseTensors', types: 'typeProtos',
} as const satisfies Record<OnnxAttributeKind, keyof Message<'Attribute'>>;

const KINDS = Object.keys(VALUE_FIELDS) as readonly OnnxAttributeKind[];

export function decodeAttributes(context: DecodeContext, list: readonly Message<'Attribute'>[], owner: () => string): ReadonlyMap<string, OnnxAttribute> {
  const attributes = new Map<string, OnnxAttribute>();
  for (const message of list) {
    const name = message.name ?? '';
    if (name === '') throw wireError('format/malformed', `${owner()} has an attribute without a name.`, message.offset, 'Attribute.name');
    if (attributes.has(name)) throw wireError('format/malformed', `${owner()} has the attribute ${quoted(name)} twice.`, message.offset, 'Attribute.name');
    const value = decodeAttribute(context, message, name);
    attributes.set(name, message.docString === undefined || message.docString === '' ? value : { ...value, docString: message.docString });
  }
  return attributes;
}

/** The one value an attribute holds; a second value beside it could be what another parser reads. */
function decodeAttribute(context: DecodeContext, message: Message<'Attribute'>, name: string): OnnxAttribute {
  const { offset } = message;
  const malformed = (what: string): Error => wireError('format/malformed', `Attribute ${quoted(name)} ${what}.`, offset, 'Attribute');
  const given = KINDS.filter((kind) => message[VALUE_FIELDS[kind]] !== undefined);
  const kind = kindOf(context, message, given);
  if (message.refAttrName !== undefined && message.refAttrName !== '') {
    if (given.length > 0) throw malformed('refers to another attribute and has a value of its own');
    return { type: 'reference', value: message.refAttrName, ...(kind === undefined ? {} : { referenced: kind }) };
  }
  if (kind === undefined) throw malformed('has no type');
  const other = given.find((candidate) => candidate !== kind);
  if (other !== undefined) throw malformed(`is of type ${kind} and holds a value of type ${other}`);
  // proto3 writers leave out a zero, an empty string and an empty list.
  switch (kind) {
    case 'float':
      return { type: kind, value: message.f ?? 0 };
    case 'int':
      return { type: kind, value: message.i ?? 0n };
    case 'string':
      return { type: kind, value: bytesOf(context, message.s) };
    case 'floats':
      return { type: kind, value: message.floats ?? [] };
    case 'ints':
      return { type: kind, value: message.ints ?? [] };
    case 'strings':
      return { type: kind, value: (message.strings ?? []).map((range) => bytesOf(context, range)) };
    case 'tensor':
      if (message.t === undefined) throw malformed('holds no tensor');
      return { type: kind, value: decodeTensor(context, message.t) };
    case 'graph':
      if (message.g === undefined) throw malformed('holds no graph');
      return { type: kind, value: decodeGraph(context, message.g) };
    case 'sparse_tensor':
      if (message.sparseTensor === undefined) throw malformed('holds no sparse tensor');
      return { type: kind, value: decodeSparseTensor(context, message.sparseTensor) };
    case 'type':
      if (message.tp === undefined) throw malformed('holds no type');
      return { type: kind, value: decodeType(message.tp) };
    case 'tensors':
      return { type: kind, value: (message.tensors ?? []).map((tensor) => decodeTensor(context, tensor)) };
    case 'graphs':
      return { type: kind, value: (message.graphs ?? []).map((graph) => decodeGraph(context, graph)) };
    case 'sparse_tensors':
      return { type: kind, value: (message.sparseTensors ?? []).map((tensor) => decodeSparseTensor(context, tensor)) };
    case 'types':
      return { type: kind, value: (message.typeProtos ?? []).map((type) => decodeType(type)) };
  }
}

function kindOf(context: DecodeContext, message: Message<'Attribute'>, given: readonly OnnxAttributeKind[]): OnnxAttributeKind | undefined {
  const number = message.type ?? 0;
  if (number < 0 || number >= ATTRIBUTE_KINDS.length) {
    throw wireError('format/unsupported', `Attribute ${quoted(message.name ?? '')} has the unknown type ${number}.`, message.offset, 'Attribute.type');
  }
  const kind = ATTRIBUTE_KINDS[number];
  if (kind !== undefined) return kind;
  // IR version 1 had no type field: the value says what it is.
  return context.irVersion < 2n && given.length === 1 ? given[0] : undefined;
}

function bytesOf(context: DecodeContext, range: { readonly offset: number; readonly length: number } | undefined): Uint8Array {
  return range === undefined ? new Uint8Array(0) : viewOf(context.state.bytes, range.offset, range.length);
}
