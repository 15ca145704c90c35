import type { ByteRange, ByteSource } from '../artifacts/byte-source.ts';

/** TensorProto.DataType of onnx.proto3, by name. */
export type OnnxDataType =
  | 'undefined' | 'float' | 'uint8' | 'int8' | 'uint16' | 'int16' | 'int32' | 'int64' | 'string' | 'bool'
  | 'float16' | 'double' | 'uint32' | 'uint64' | 'complex64' | 'complex128' | 'bfloat16'
  | 'float8e4m3fn' | 'float8e4m3fnuz' | 'float8e5m2' | 'float8e5m2fnuz' | 'uint4' | 'int4' | 'float4e2m1'
  | 'float8e8m0' | 'uint2' | 'int2';

/** A constant tensor of a graph. Bytes stay where they are (file or external file) until they are asked for. */
export interface OnnxTensor {
  readonly name: string;
  readonly dataType: OnnxDataType;
  readonly dims: readonly number[];
  /** Little-endian packed element bytes (raw_data or external data); absent for typed fields and strings. */
  readonly raw?: { readonly source: ByteSource; readonly range: ByteRange; readonly location: 'inline' | 'external'; readonly path?: string };
  /** Values from the typed fields (float_data, int32_data ...) when raw_data was not used. */
  readonly values?: Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array | readonly Uint8Array[];
}

export interface OnnxSparseTensor {
  readonly values: OnnxTensor;
  readonly indices: OnnxTensor;
  readonly dims: readonly number[];
}

export type OnnxAttribute =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'string'; readonly value: Uint8Array }
  | { readonly type: 'tensor'; readonly value: OnnxTensor }
  | { readonly type: 'graph'; readonly value: OnnxGraph }
  | { readonly type: 'sparse_tensor'; readonly value: OnnxSparseTensor }
  | { readonly type: 'type'; readonly value: OnnxType }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'ints'; readonly value: readonly bigint[] }
  | { readonly type: 'strings'; readonly value: readonly Uint8Array[] }
  | { readonly type: 'tensors'; readonly value: readonly OnnxTensor[] }
  | { readonly type: 'graphs'; readonly value: readonly OnnxGraph[] }
  | { readonly type: 'sparse_tensors'; readonly value: readonly OnnxSparseTensor[] }
  | { readonly type: 'types'; readonly value: readonly OnnxType[] }
  /** An attribute of a function body that refers to an attribute of the call (ref_attr_name). */
  | { readonly type: 'reference'; readonly value: string };

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  /** '' is the ONNX domain (ai.onnx). */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  readonly overload?: string;
}

/** A dimension: a number, a name ('N'), or unknown. */
export type OnnxDimension = number | string | undefined;

export type OnnxType =
  | { readonly kind: 'tensor'; readonly elementType: OnnxDataType; readonly shape?: readonly OnnxDimension[] }
  | { readonly kind: 'sparse-tensor'; readonly elementType: OnnxDataType; readonly shape?: readonly OnnxDimension[] }
  | { readonly kind: 'sequence'; readonly element?: OnnxType }
  | { readonly kind: 'map'; readonly key: OnnxDataType; readonly value?: OnnxType }
  | { readonly kind: 'optional'; readonly element?: OnnxType }
  | { readonly kind: 'unknown' };

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: OnnxType;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly sparseInitializers: readonly OnnxSparseTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly valueInfo: readonly OnnxValueInfo[];
}

export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly overload?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly opsetImports: ReadonlyMap<string, bigint>;
}

/** A whole ModelProto. Unknown fields are refused by the reader, so nothing in the file is left out of this. */
export interface OnnxModel {
  readonly irVersion: bigint;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly modelVersion: bigint;
  /** Domain → version; '' is ai.onnx. */
  readonly opsetImports: ReadonlyMap<string, bigint>;
  readonly graph: OnnxGraph;
  readonly functions: readonly OnnxFunction[];
  readonly metadata: ReadonlyMap<string, string>;
}
