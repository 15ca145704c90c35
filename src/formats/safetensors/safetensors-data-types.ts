import type { OnnxDataType } from '../../onnx/onnx-model.ts';

/** Element types of the format (safetensors/src/tensor.rs, `Dtype`) by the names that the rest of modelgate uses. */
export const SAFETENSORS_DATA_TYPES: Readonly<Record<string, Exclude<OnnxDataType, 'undefined' | 'string'>>> = {
  BOOL: 'bool', U8: 'uint8', I8: 'int8', U16: 'uint16', I16: 'int16', U32: 'uint32', I32: 'int32', U64: 'uint64', I64: 'int64',
  F16: 'float16', BF16: 'bfloat16', F32: 'float', F64: 'double', C64: 'complex64',
  F8_E4M3: 'float8e4m3fn', F8_E4M3FNUZ: 'float8e4m3fnuz', F8_E5M2: 'float8e5m2', F8_E5M2FNUZ: 'float8e5m2fnuz', F8_E8M0: 'float8e8m0', F4: 'float4e2m1',
};
