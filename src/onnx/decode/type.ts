import type { OnnxDataType, OnnxDimension, OnnxShapedType, OnnxType, OnnxValueInfo } from '../onnx-model.ts';
import { DATA_TYPES, type Message } from '../schema.ts';
import { wireError } from '../wire.ts';
import { documentation, exactNumber } from './context.ts';

export function decodeDataType(number: number, offset: number, field: string): OnnxDataType {
  const dataType = DATA_TYPES[number];
  if (dataType === undefined) throw wireError('format/unsupported', `${field} is the unknown data type ${number}.`, offset, field);
  return dataType;
}

export function decodeDimension(message: Message<'Dimension'> | Message<'SimpleShardedDim'>, field: string): OnnxDimension {
  if (message.dimParam !== undefined) return message.dimParam === '' ? undefined : message.dimParam;
  if (message.dimValue === undefined) return undefined;
  // Some converters write −1 for "any size"; runtimes read it so as well.
  if (message.dimValue === -1n) return undefined;
  return exactNumber(message.dimValue, message.offset, field);
}

function decodeShaped(message: Message<'TensorType'>): OnnxShapedType {
  const elementType = decodeDataType(message.elemType ?? 0, message.offset, 'Type.elemType');
  const { shape } = message;
  if (shape === undefined) return { elementType };
  const dims = shape.dim ?? [];
  return {
    elementType,
    shape: dims.map((dim) => decodeDimension(dim, 'Dimension.dimValue')),
    ...(dims.some((dim) => dim.denotation !== undefined) ? { shapeDenotations: dims.map((dim) => dim.denotation) } : {}),
  };
}

/** Depth is bounded by the wire decoder. */
export function decodeType(message: Message<'Type'> | undefined): OnnxType {
  if (message === undefined) return { kind: 'unknown' };
  const denotation = message.denotation === undefined || message.denotation === '' ? {} : { denotation: message.denotation };
  if (message.tensorType !== undefined) return { kind: 'tensor', ...decodeShaped(message.tensorType), ...denotation };
  if (message.sparseTensorType !== undefined) return { kind: 'sparse-tensor', ...decodeShaped(message.sparseTensorType), ...denotation };
  if (message.sequenceType !== undefined) return { kind: 'sequence', ...decodeElement(message.sequenceType), ...denotation };
  if (message.optionalType !== undefined) return { kind: 'optional', ...decodeElement(message.optionalType), ...denotation };
  if (message.mapType !== undefined) {
    const { keyType = 0, valueType, offset } = message.mapType;
    return {
      kind: 'map',
      key: decodeDataType(keyType, offset, 'MapType.keyType'),
      ...(valueType === undefined ? {} : { value: decodeType(valueType) }),
      ...denotation,
    };
  }
  if (message.opaqueType !== undefined) {
    return { kind: 'opaque', domain: message.opaqueType.domain ?? '', name: message.opaqueType.name ?? '', ...denotation };
  }
  return { kind: 'unknown', ...denotation };
}

function decodeElement({ elemType }: Message<'ElementType'>): { readonly element?: OnnxType } {
  return elemType === undefined ? {} : { element: decodeType(elemType) };
}

export function decodeValueInfo(message: Message<'ValueInfo'>): OnnxValueInfo {
  return { name: message.name ?? '', type: decodeType(message.type), ...documentation(message, 'ValueInfo') };
}
