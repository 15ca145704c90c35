import { elementCountOf, rawByteLength, typedFieldLength, typedFieldOf, type TypedField } from '../data-type.ts';
import { viewOf } from '../byte-view.ts';
import type { OnnxSparseTensor, OnnxTensor } from '../onnx-model.ts';
import type { Message, Run } from '../schema.ts';
import { wireError } from '../wire.ts';
import { decodeEntries, documentation, exactNumber, type DecodeContext } from './context.ts';
import { decodeExternalData } from './external-data.ts';
import { decodeTypedValues } from './typed-values.ts';
import { decodeDataType } from './type.ts';
import { quoted } from '../quoted.ts';

const TYPED_FIELDS = ['floatData', 'int32Data', 'stringData', 'int64Data', 'doubleData', 'uint64Data'] as const;

function decodeDims(context: DecodeContext, dims: readonly bigint[] | undefined, offset: number, field: string): readonly number[] {
  const limit = context.state.limits.rank;
  if ((dims?.length ?? 0) > limit) throw wireError('format/limit-exceeded', `${field} has more than ${limit} dimensions.`, offset, field);
  return (dims ?? []).map((dim) => exactNumber(dim, offset, field));
}

/**
 * A tensor whose bytes agree with its dimensions and data type: exactly one place holds the values, and it holds as
 * many as there must be.
 */
export function decodeTensor(context: DecodeContext, message: Message<'Tensor'>): OnnxTensor {
  const { offset, name = '' } = message;
  if (message.segment !== undefined) throw wireError('format/unsupported', `Tensor ${quoted(name)} is stored in segments, which no runtime reads.`, offset, 'Tensor.segment');
  const dataType = decodeDataType(message.dataType ?? 0, offset, 'Tensor.dataType');
  if (dataType === 'undefined') throw wireError('format/malformed', `Tensor ${quoted(name)} has no data type.`, offset, 'Tensor.dataType');
  const dims = decodeDims(context, message.dims, offset, 'Tensor.dims');
  const count = elementCountOf(dims);
  if (count === undefined) throw wireError('format/limit-exceeded', `Tensor ${quoted(name)} has more than 2^53 elements.`, offset, 'Tensor.dims');
  const tensor = { name, dataType, dims, ...documentation(message, 'Tensor') };

  const own = typedFieldOf(dataType);
  for (const field of TYPED_FIELDS) {
    if (field !== own && hasContent(message, field)) {
      throw wireError('format/malformed', `Tensor ${quoted(name)} of type ${dataType} keeps values in ${field}.`, offset, `Tensor.${field}`);
    }
  }
  const typed = hasContent(message, own);
  const inline = message.rawData;
  const external = externalLocation(message);
  if (external) {
    if (typed || inline !== undefined) throw twice(name, offset);
    if (dataType === 'string') throw wireError('format/malformed', `Tensor ${quoted(name)} keeps strings in an external file.`, offset, 'Tensor.externalData');
    const entries = decodeEntries(message.externalData, 'Tensor.externalData');
    return { ...tensor, raw: decodeExternalData(context, entries, rawByteLength(dataType, count), name, offset) };
  }
  if (inline !== undefined && inline.length > 0) {
    if (typed) throw twice(name, offset);
    if (dataType === 'string') throw wireError('format/malformed', `Tensor ${quoted(name)} keeps strings in raw_data.`, offset, 'Tensor.rawData');
    const wanted = rawByteLength(dataType, count);
    if (inline.length !== wanted) {
      throw wireError('format/malformed', `Tensor ${quoted(name)} has ${inline.length} bytes of raw data; ${dataType} [${dims.join(', ')}] takes ${wanted}.`, inline.offset, 'Tensor.rawData');
    }
    return { ...tensor, raw: { source: context.source, range: inline, location: 'inline' } };
  }
  if (!typed) {
    if (count > 0) throw wireError('format/malformed', `Tensor ${quoted(name)} has ${count} elements and no data.`, offset, 'Tensor');
    if (dataType === 'string') return { ...tensor, values: [] };
    return { ...tensor, raw: { source: context.source, range: { offset, length: 0 }, location: 'inline' } };
  }
  if (own === 'stringData') return { ...tensor, values: decodeStrings(context, message, count) };
  return { ...tensor, values: decodeTypedValues(context, dataType, message[own] ?? [], typedFieldLength(dataType, count), offset) };
}

function externalLocation({ dataLocation = 0, externalData, name = '', offset }: Message<'Tensor'>): boolean {
  if (dataLocation !== 0 && dataLocation !== 1) throw wireError('format/malformed', `Tensor ${quoted(name)} has the unknown data location ${dataLocation}.`, offset, 'Tensor.dataLocation');
  if (dataLocation === 0 && externalData !== undefined) {
    throw wireError('format/malformed', `Tensor ${quoted(name)} names an external file and says that its data is inline.`, offset, 'Tensor.dataLocation');
  }
  return dataLocation === 1;
}

/** An empty packed list is written by some exporters and says nothing. */
function hasContent(message: Message<'Tensor'>, field: TypedField): boolean {
  if (field === 'stringData') return message.stringData !== undefined;
  return message[field]?.some((run: Run) => run.length > 0) ?? false;
}

function twice(name: string, offset: number): Error {
  return wireError('format/malformed', `Tensor ${quoted(name)} keeps its values in two places.`, offset, 'Tensor');
}

function decodeStrings(context: DecodeContext, message: Message<'Tensor'>, count: number): readonly Uint8Array[] {
  const list = message.stringData ?? [];
  if (list.length !== count) throw wireError('format/malformed', `Tensor.stringData holds ${list.length} strings where dims ask for ${count}.`, message.offset, 'Tensor.stringData');
  return list.map((range) => viewOf(context.state.bytes, range.offset, range.length));
}

/** Values [n] with indices [n] (into the flattened tensor) or [n, rank]. */
export function decodeSparseTensor(context: DecodeContext, message: Message<'SparseTensor'>): OnnxSparseTensor {
  const { offset } = message;
  if (message.values === undefined) throw wireError('format/malformed', 'A sparse tensor has no values.', offset, 'SparseTensor.values');
  const dims = decodeDims(context, message.dims, offset, 'SparseTensor.dims');
  if (elementCountOf(dims) === undefined) throw wireError('format/limit-exceeded', 'A sparse tensor has more than 2^53 elements.', offset, 'SparseTensor.dims');
  const values = decodeTensor(context, message.values);
  const stored = values.dims[0] ?? 0;
  if (values.dims.length !== 1) throw wireError('format/malformed', 'The values of a sparse tensor have more or less than one dimension.', offset, 'SparseTensor.values');
  if (message.indices === undefined && stored > 0) throw wireError('format/malformed', 'A sparse tensor has no indices.', offset, 'SparseTensor.indices');
  const indices: OnnxTensor = message.indices === undefined
    ? { name: '', dataType: 'int64', dims: [0], raw: { source: context.source, range: { offset, length: 0 }, location: 'inline' } }
    : decodeTensor(context, message.indices);
  const fits = indices.dims[0] === stored && (indices.dims.length === 1 || (indices.dims.length === 2 && indices.dims[1] === dims.length));
  if (indices.dataType !== 'int64' || !fits) throw wireError('format/malformed', 'The indices of a sparse tensor do not fit its values.', offset, 'SparseTensor.indices');
  return { values, indices, dims };
}
