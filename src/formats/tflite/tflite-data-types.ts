import type { OnnxDataType } from '../../onnx/onnx-model.ts';

/** TensorType of schema.fbs, by the names that the rest of modelgate uses. 5 is text, 13 and 14 are handles, 19 has two bits. */
export const TFLITE_DATA_TYPES: Readonly<Record<number, Exclude<OnnxDataType, 'undefined' | 'string'>>> = {
  0: 'float', 1: 'float16', 2: 'int32', 3: 'uint8', 4: 'int64', 6: 'bool', 7: 'int16', 8: 'complex64', 9: 'int8', 10: 'double', 11: 'complex128', 12: 'uint64', 15: 'uint32', 16: 'uint16',
  17: 'int4', 18: 'bfloat16', 20: 'uint4',
};

/** The one for texts: a count, where each begins and the last ends, then all of them. */
export const TFLITE_STRING = 5;
