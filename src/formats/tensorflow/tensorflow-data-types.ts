import type { OnnxDataType } from '../../onnx/onnx-model.ts';

/** Element types by their numbers (tensorflow/core/framework/types.proto), by the names that the rest of modelgate uses; quantized ones as the integers that they are. */
export const TENSORFLOW_DATA_TYPES: Readonly<Record<number, Exclude<OnnxDataType, 'undefined' | 'string'>>> = {
  1: 'float', 2: 'double', 3: 'int32', 4: 'uint8', 5: 'int16', 6: 'int8', 8: 'complex64', 9: 'int64', 10: 'bool', 11: 'int8', 12: 'uint8', 13: 'int32', 14: 'bfloat16', 15: 'int16', 16: 'uint16',
  17: 'uint16', 18: 'complex128', 19: 'float16', 22: 'uint32', 23: 'uint64',
};
