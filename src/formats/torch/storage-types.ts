import type { OnnxDataType } from '../../onnx/onnx-model.ts';

export type PlainType = Exclude<OnnxDataType, 'undefined' | 'string'>;

/** Classes of PyTorch's storages whose elements are plain numbers (torch/__init__.py), by the names that the rest of modelgate uses. */
export const STORAGE_TYPES: Readonly<Record<string, PlainType>> = {
  DoubleStorage: 'double', FloatStorage: 'float', HalfStorage: 'float16', BFloat16Storage: 'bfloat16', LongStorage: 'int64', IntStorage: 'int32',
  ShortStorage: 'int16', CharStorage: 'int8', ByteStorage: 'uint8', BoolStorage: 'bool', ComplexDoubleStorage: 'complex128', ComplexFloatStorage: 'complex64',
};
