import { ELEMENT_BITS, elementCountOf, rawByteLength } from '../../onnx/data-type.ts';
import type { OnnxDataType } from '../../onnx/onnx-model.ts';

export type TypedValues = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array;

/**
 * Typed values as raw_data would hold them: the same numbers in the width of their own type. A typed field keeps an int8 or
 * a half float in 32 bits, a uint32 in 64, and four-bit numbers eight bits at a time.
 */
export function rawBytes(dataType: OnnxDataType, dims: readonly number[], values: TypedValues): Uint8Array {
  if (dataType === 'undefined' || dataType === 'string') return new Uint8Array(0);
  const length = rawByteLength(dataType, elementCountOf(dims) ?? 0);
  // As wide as their type already: float, double, complex numbers, int32, int64 and uint64.
  if (values.byteLength === length) return new Uint8Array(values.buffer, values.byteOffset, length);
  const width = Math.max(1, ELEMENT_BITS[dataType] / 8);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < length / width; index += 1) {
    const value = Number(values[index] ?? 0);
    if (width === 1) view.setUint8(index, value);
    else if (width === 2) view.setUint16(2 * index, value, true);
    else view.setUint32(4 * index, value, true);
  }
  return bytes;
}
