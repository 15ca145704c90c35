import type { OnnxDataType } from './onnx-model.ts';

/** Bits an element takes in raw_data. Strings have none. */
export const ELEMENT_BITS: Readonly<Record<Exclude<OnnxDataType, 'undefined' | 'string'>, number>> = {
  float: 32, uint8: 8, int8: 8, uint16: 16, int16: 16, int32: 32, int64: 64, bool: 8,
  float16: 16, double: 64, uint32: 32, uint64: 64, complex64: 64, complex128: 128, bfloat16: 16,
  float8e4m3fn: 8, float8e4m3fnuz: 8, float8e5m2: 8, float8e5m2fnuz: 8,
  uint4: 4, int4: 4, float4e2m1: 4, float8e8m0: 8, uint2: 2, int2: 2,
};

export type TypedField = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data' | 'stringData';

/** Where an element type keeps its values when raw_data is not used. */
export function typedFieldOf(dataType: OnnxDataType): TypedField {
  switch (dataType) {
    case 'float':
    case 'complex64':
      return 'floatData';
    case 'double':
    case 'complex128':
      return 'doubleData';
    case 'int64':
      return 'int64Data';
    case 'uint32':
    case 'uint64':
      return 'uint64Data';
    case 'string':
      return 'stringData';
    default:
      return 'int32Data';
  }
}

/** Entries the typed field holds for `elementCount` elements: complex numbers take two, four 2-bit numbers share one. */
export function typedFieldLength(dataType: OnnxDataType, elementCount: number): number {
  if (dataType === 'complex64' || dataType === 'complex128') return elementCount * 2;
  if (dataType === 'undefined' || dataType === 'string') return elementCount;
  const bits = ELEMENT_BITS[dataType];
  return bits < 8 ? Math.ceil(elementCount / (8 / bits)) : elementCount;
}

/** Bytes of raw_data for `elementCount` elements; sub-byte types are packed without padding between rows. */
export function rawByteLength(dataType: Exclude<OnnxDataType, 'undefined' | 'string'>, elementCount: number): number {
  const bits = ELEMENT_BITS[dataType];
  return bits < 8 ? Math.ceil(elementCount / (8 / bits)) : elementCount * (bits / 8);
}

/** The product of dims; undefined when it leaves the numbers a double counts exactly. */
export function elementCountOf(dims: readonly number[]): number | undefined {
  // A zero anywhere makes the tensor empty, however large the other dimensions are.
  if (dims.includes(0)) return 0;
  let count = 1;
  for (const dim of dims) {
    count *= dim;
    if (count > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return count;
}
