import type { OnnxDataType, OnnxTensor } from '../onnx-model.ts';
import { typedFieldOf } from '../data-type.ts';
import { viewOf } from '../byte-view.ts';
import type { Run } from '../schema.ts';
import { readInt32, readInt64, readUint64, WIRE_VARINT, wireError, type WireState } from '../wire.ts';
import type { DecodeContext } from './context.ts';

type Values = NonNullable<OnnxTensor['values']>;

/** How many numbers lie in these bytes, found without decoding them. */
function lengthOf(state: WireState, run: Run): number {
  if (run.wire !== WIRE_VARINT) return run.length / (run.wire === 1 ? 8 : 4);
  let count = 0;
  for (let at = run.offset; at < run.offset + run.length; at++) {
    if ((state.bytes[at] ?? 0) < 0x80) count++;
  }
  return count;
}

/**
 * Values of a typed field. Memory is claimed only after the bytes have been counted and agree with the dimensions, so a
 * tensor that promises much and holds little costs nothing.
 */
export function decodeTypedValues(context: DecodeContext, dataType: OnnxDataType, runs: readonly Run[], expected: number, tensorOffset: number): Values {
  const { state } = context;
  const field = `Tensor.${typedFieldOf(dataType)}`;
  let count = 0;
  for (const run of runs) count += lengthOf(state, run);
  if (count !== expected) {
    throw wireError('format/malformed', `${field} holds ${count} values where dims and data type ask for ${expected}.`, runs[0]?.offset ?? tensorOffset, field);
  }
  const width = field === 'Tensor.floatData' || field === 'Tensor.int32Data' ? 4 : 8;
  context.typedBytes += count * width;
  if (context.typedBytes > state.limits.typedBytes) {
    throw wireError('format/limit-exceeded', `Typed values take more than ${state.limits.typedBytes} bytes; exporters store large tensors as raw data.`, tensorOffset, field);
  }
  switch (typedFieldOf(dataType)) {
    case 'floatData':
      return new Float32Array(gather(state, runs, count * 4));
    case 'doubleData':
      return new Float64Array(gather(state, runs, count * 8));
    case 'int64Data': {
      const values = new BigInt64Array(count);
      eachVarint(state, runs, (end, index) => (values[index] = readInt64(state, end, field)));
      return values;
    }
    case 'uint64Data': {
      const values = new BigUint64Array(count);
      const limit = dataType === 'uint32' ? 0xffff_ffffn : 0xffff_ffff_ffff_ffffn;
      eachVarint(state, runs, (end, index) => {
        const value = readUint64(state, end, field);
        if (value > limit) throw outOfRange(state, field, dataType, value);
        values[index] = value;
      });
      return values;
    }
    default: {
      const values = new Int32Array(count);
      const [low, high] = unitRange(dataType);
      eachVarint(state, runs, (end, index) => {
        const value = readInt32(state, end, field);
        if (value < low || value > high) throw outOfRange(state, field, dataType, value);
        values[index] = value;
      });
      return values;
    }
  }
}

function outOfRange(state: WireState, field: string, dataType: OnnxDataType, value: number | bigint): Error {
  return wireError('format/malformed', `${field} holds ${value}, which ${dataType} cannot.`, state.position, field);
}

/** What one entry of int32_data may be. Bit patterns (float16, packed 4-bit pairs) are unsigned. */
function unitRange(dataType: OnnxDataType): readonly [low: number, high: number] {
  switch (dataType) {
    case 'int32':
      return [-0x8000_0000, 0x7fff_ffff];
    case 'int16':
      return [-0x8000, 0x7fff];
    case 'int8':
      return [-0x80, 0x7f];
    case 'uint16':
    case 'float16':
    case 'bfloat16':
      return [0, 0xffff];
    case 'bool':
      return [0, 1];
    // Some writers sign-extend the packed byte.
    case 'int4':
    case 'int2':
      return [-0x80, 0xff];
    default:
      return [0, 0xff];
  }
}

/** The 32- and 64-bit floats of a protobuf list lie in the file as they lie in memory. */
function gather(state: WireState, runs: readonly Run[], byteLength: number): ArrayBuffer {
  const joined = new Uint8Array(byteLength);
  let at = 0;
  for (const run of runs) {
    joined.set(viewOf(state.bytes, run.offset, run.length), at);
    at += run.length;
  }
  return joined.buffer;
}

function eachVarint(state: WireState, runs: readonly Run[], take: (end: number, index: number) => void): void {
  let index = 0;
  for (const run of runs) {
    const end = run.offset + run.length;
    state.position = run.offset;
    while (state.position < end) take(end, index++);
  }
}
