import { GateError } from '../errors.ts';
import { elementCountOf, ELEMENT_BITS } from './data-type.ts';
import { quoted } from './quoted.ts';
import type { OnnxDataType, OnnxTensor } from './onnx-model.ts';
import { bitsToFloat } from './tensor-values/small-floats.ts';

/** Elements handed out at once: 2 GiB of float64 (CWE-789). No layer of a published classifier comes near. */
const MAX_VALUES = 268_435_456;

export type NumericType = Exclude<OnnxDataType, 'undefined' | 'string'>;

const FLOAT32_TYPES: ReadonlySet<OnnxDataType> = new Set([
  'float', 'float16', 'bfloat16', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'float8e8m0', 'float4e2m1', 'complex64',
]);

/**
 * All elements of a numeric tensor, row-major. Floats of up to 32 bits come as Float32Array, exactly; everything else as
 * Float64Array: integers up to 53 bits exactly, larger ones rounded to the nearest double; bool as 0 and 1. Complex
 * numbers take two entries, real and imaginary. Rejects with `format/unsupported` for strings, `format/truncated` or
 * `format/external-data` when the bytes are not there, and `format/limit-exceeded` beyond 2^28 elements.
 */
export async function tensorValues(tensor: OnnxTensor): Promise<Float32Array | Float64Array> {
  const { dataType, dims, raw } = tensor;
  if (dataType === 'string' || dataType === 'undefined') {
    throw new GateError({ code: 'format/unsupported', message: `Tensor ${quoted(tensor.name)} of type ${dataType} has no numeric values.` });
  }
  const elements = (elementCountOf(dims) ?? Infinity) * (dataType === 'complex64' || dataType === 'complex128' ? 2 : 1);
  if (elements > MAX_VALUES) {
    throw new GateError({ code: 'format/limit-exceeded', message: `Tensor ${quoted(tensor.name)} has more than ${MAX_VALUES} elements.` });
  }
  if (raw !== undefined) return decodeRawValues(dataType, elements, await raw.source.read(raw.range.offset, raw.range.length));
  return fromTyped(dataType, elements, tensor.values);
}

function arrayFor(dataType: OnnxDataType, elements: number): Float32Array | Float64Array {
  return FLOAT32_TYPES.has(dataType) ? new Float32Array(elements) : new Float64Array(elements);
}

/** Elements stored as raw_data stores them (little-endian, small types packed), by the rules of {@link tensorValues}; complex numbers count twice. */
export function decodeRawValues(dataType: NumericType, elements: number, bytes: Uint8Array): Float32Array | Float64Array {
  // Copied, because raw data starts at any offset of the file and typed arrays want multiples of their width.
  if (dataType === 'float' || dataType === 'complex64') return new Float32Array(Uint8Array.from(bytes).buffer);
  if (dataType === 'double' || dataType === 'complex128') return new Float64Array(Uint8Array.from(bytes).buffer);
  const values = arrayFor(dataType, elements);
  const read = rawReader(dataType, bytes);
  for (let index = 0; index < elements; index++) values[index] = read(index);
  return values;
}

function rawReader(dataType: NumericType, bytes: Uint8Array): (index: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dataType) {
    case 'int8':
      return (index) => view.getInt8(index);
    case 'uint8':
    case 'bool':
      return (index) => view.getUint8(index);
    case 'int16':
      return (index) => view.getInt16(index * 2, true);
    case 'uint16':
      return (index) => view.getUint16(index * 2, true);
    case 'int32':
      return (index) => view.getInt32(index * 4, true);
    case 'uint32':
      return (index) => view.getUint32(index * 4, true);
    case 'int64':
      return (index) => Number(view.getBigInt64(index * 8, true));
    case 'uint64':
      return (index) => Number(view.getBigUint64(index * 8, true));
    case 'float16':
    case 'bfloat16':
      return (index) => bitsToFloat(dataType, view.getUint16(index * 2, true));
    default: {
      const bits = ELEMENT_BITS[dataType];
      if (bits === 8) return (index) => patternToNumber(dataType, view.getUint8(index));
      const perByte = 8 / bits;
      return (index) => patternToNumber(dataType, unpack(view.getUint8(Math.floor(index / perByte)), index % perByte, bits));
    }
  }
}

/** The first of the numbers that share a byte lies in its lowest bits. */
function unpack(byte: number, place: number, bits: number): number {
  return (byte >>> (place * bits)) & ((1 << bits) - 1);
}

function patternToNumber(dataType: NumericType, pattern: number): number {
  switch (dataType) {
    case 'uint4':
    case 'uint2':
    case 'uint8':
    case 'bool':
      return pattern;
    case 'int4':
      return pattern >= 8 ? pattern - 16 : pattern;
    case 'int2':
      return pattern >= 2 ? pattern - 4 : pattern;
    default:
      return bitsToFloat(dataType, pattern);
  }
}

function fromTyped(dataType: NumericType, elements: number, stored: OnnxTensor['values']): Float32Array | Float64Array {
  const values = arrayFor(dataType, elements);
  if (stored === undefined || Array.isArray(stored)) {
    if (elements === 0) return values;
    throw new GateError({ code: 'internal/unexpected', message: `A tensor of type ${dataType} has neither raw nor typed values.` });
  }
  const numbers = stored as Exclude<typeof stored, readonly Uint8Array[]>;
  const bits = ELEMENT_BITS[dataType];
  const perUnit = bits < 8 ? 8 / bits : 1;
  // Int32 entries of the small types are bit patterns, except where the type itself is a plain integer.
  const isPattern = bits < 8 || dataType.startsWith('float8') || dataType === 'float16' || dataType === 'bfloat16';
  for (let index = 0; index < elements; index++) {
    const unit = Number(numbers[perUnit === 1 ? index : Math.floor(index / perUnit)] ?? 0);
    values[index] = isPattern ? patternToNumber(dataType, bits < 8 ? unpack(unit & 0xff, index % perUnit, bits) : unit) : unit;
  }
  return values;
}
