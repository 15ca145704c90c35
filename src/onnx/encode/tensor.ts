import { typedFieldOf } from '../data-type.ts';
import type { OnnxSparseTensor, OnnxTensor } from '../onnx-model.ts';
import { DATA_TYPES } from '../schema.ts';
import { intField, joinBytes, lengthDelimited, lengthDelimitedParts, varint64 } from '../wire-writer.ts';
import { encodeEntries, flattened, optionalText, type Parts } from './field.ts';

const FIELD_NUMBERS = { floatData: 4, int32Data: 5, stringData: 6, int64Data: 7, doubleData: 10, uint64Data: 11 } as const;

export async function encodeTensor(tensor: OnnxTensor): Promise<readonly Uint8Array[]> {
  return flattened([
    encodeDims(1, tensor.dims),
    intField(2, DATA_TYPES.indexOf(tensor.dataType)),
    encodeTyped(tensor),
    optionalText(8, tensor.name),
    await encodeInline(tensor),
    optionalText(12, tensor.docString ?? ''),
    encodeExternal(tensor),
    encodeEntries(16, tensor.metadata),
  ]);
}

export async function encodeSparseTensor(sparse: OnnxSparseTensor): Promise<readonly Uint8Array[]> {
  return flattened([
    lengthDelimitedParts(1, await encodeTensor(sparse.values)),
    lengthDelimitedParts(2, await encodeTensor(sparse.indices)),
    encodeDims(3, sparse.dims),
  ]);
}

/** One field a dimension, unpacked, as the writers of PyTorch and onnx have them. */
function encodeDims(field: number, dims: readonly number[]): Parts {
  return dims.map((dim) => intField(field, dim));
}

function encodeTyped({ dataType, values }: OnnxTensor): Parts {
  if (values === undefined || values.length === 0) return [];
  const field = FIELD_NUMBERS[typedFieldOf(dataType)];
  if (Array.isArray(values)) return flattened((values as readonly Uint8Array[]).map((text) => lengthDelimited(field, [text])));
  if (values instanceof Float32Array || values instanceof Float64Array) {
    return lengthDelimited(field, [new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]);
  }
  const numbers = values as Int32Array | BigInt64Array | BigUint64Array;
  return lengthDelimited(field, [joinBytes(Array.from(numbers as Iterable<number | bigint>, (value) => varint64(BigInt(value))))]);
}

async function encodeInline({ raw }: OnnxTensor): Promise<Parts> {
  if (raw?.location !== 'inline' || raw.range.length === 0) return [];
  return lengthDelimitedParts(9, [await raw.source.read(raw.range.offset, raw.range.length)]);
}

function encodeExternal({ raw }: OnnxTensor): Parts {
  if (raw?.location !== 'external') return [];
  const entries = new Map([
    ['location', raw.path ?? ''],
    ['offset', String(raw.range.offset)],
    ['length', String(raw.range.length)],
    ...(raw.sha1 === undefined ? [] : [['checksum', raw.sha1] as const]),
  ]);
  return flattened([encodeEntries(13, entries), intField(14, 1)]);
}
