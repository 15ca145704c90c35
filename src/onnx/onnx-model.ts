import type { ByteRange, ByteSource } from '../artifacts/byte-source.ts';

/** TensorProto.DataType of onnx.proto3, by name. */
export type OnnxDataType =
  | 'undefined' | 'float' | 'uint8' | 'int8' | 'uint16' | 'int16' | 'int32' | 'int64' | 'string' | 'bool'
  | 'float16' | 'double' | 'uint32' | 'uint64' | 'complex64' | 'complex128' | 'bfloat16'
  | 'float8e4m3fn' | 'float8e4m3fnuz' | 'float8e5m2' | 'float8e5m2fnuz' | 'uint4' | 'int4' | 'float4e2m1'
  | 'float8e8m0' | 'uint2' | 'int2';

/** What a message of the file says about itself to people; never interpreted. */
export interface OnnxDocumentation {
  readonly docString?: string;
  readonly metadata?: ReadonlyMap<string, string>;
}

/** A constant tensor of a graph. Bytes stay where they are (file or external file) until they are asked for. */
export interface OnnxTensor extends OnnxDocumentation {
  readonly name: string;
  readonly dataType: OnnxDataType;
  readonly dims: readonly number[];
  /**
   * Little-endian packed element bytes (raw_data or external data); absent for typed fields and strings. `path` is the
   * location as the model writes it and `sha1` the digest the model states for that file; both only for external data.
   */
  readonly raw?: {
    readonly source: ByteSource;
    readonly range: ByteRange;
    readonly location: 'inline' | 'external';
    readonly path?: string;
    readonly sha1?: string;
  };
  /** Values from the typed fields (float_data, int32_data ...) when raw_data was not used. */
  readonly values?: Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array | readonly Uint8Array[];
}

export interface OnnxSparseTensor {
  readonly values: OnnxTensor;
  readonly indices: OnnxTensor;
  readonly dims: readonly number[];
}

export type OnnxAttributeKind =
  | 'float' | 'int' | 'string' | 'tensor' | 'graph' | 'sparse_tensor' | 'type'
  | 'floats' | 'ints' | 'strings' | 'tensors' | 'graphs' | 'sparse_tensors' | 'types';

export type OnnxAttribute = { readonly docString?: string } & (
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
  | { readonly type: 'reference'; readonly value: string; readonly referenced?: OnnxAttributeKind }
);

export interface OnnxNode extends OnnxDocumentation {
  readonly name: string;
  readonly opType: string;
  /** '' is the ONNX domain (ai.onnx). */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  readonly overload?: string;
  readonly deviceConfigurations?: readonly OnnxNodeDeviceConfiguration[];
}

/** A dimension: a number, a name ('N'), or unknown. */
export type OnnxDimension = number | string | undefined;

export interface OnnxShapedType {
  readonly elementType: OnnxDataType;
  readonly shape?: readonly OnnxDimension[];
  /** What each dimension means ('DATA_BATCH', 'DATA_CHANNEL'); the length of shape; only when a dimension says so. */
  readonly shapeDenotations?: readonly (string | undefined)[];
}

export type OnnxType = { readonly denotation?: string } & (
  | ({ readonly kind: 'tensor' } & OnnxShapedType)
  | ({ readonly kind: 'sparse-tensor' } & OnnxShapedType)
  | { readonly kind: 'sequence'; readonly element?: OnnxType }
  | { readonly kind: 'map'; readonly key: OnnxDataType; readonly value?: OnnxType }
  | { readonly kind: 'optional'; readonly element?: OnnxType }
  | { readonly kind: 'opaque'; readonly domain: string; readonly name: string }
  | { readonly kind: 'unknown' }
);

export interface OnnxValueInfo extends OnnxDocumentation {
  readonly name: string;
  readonly type: OnnxType;
}

/** Names the tensors that hold scale, zero point and the like of a quantised tensor. */
export interface OnnxQuantizationAnnotation {
  readonly tensorName: string;
  readonly parameters: ReadonlyMap<string, string>;
}

export interface OnnxGraph extends OnnxDocumentation {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly sparseInitializers: readonly OnnxSparseTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly valueInfo: readonly OnnxValueInfo[];
  readonly quantizationAnnotations?: readonly OnnxQuantizationAnnotation[];
}

export interface OnnxFunction extends OnnxDocumentation {
  readonly name: string;
  readonly domain: string;
  readonly overload?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes a call must give. */
  readonly attributes: readonly string[];
  /** Attributes a call may leave out, with their default values. */
  readonly attributeDefaults?: ReadonlyMap<string, OnnxAttribute>;
  readonly nodes: readonly OnnxNode[];
  readonly valueInfo?: readonly OnnxValueInfo[];
  readonly opsetImports: ReadonlyMap<string, bigint>;
}

/** A group of devices the model may be spread over. */
export interface OnnxDeviceConfiguration {
  readonly name: string;
  readonly deviceCount: number;
  readonly devices: readonly string[];
}

export interface OnnxNodeDeviceConfiguration {
  readonly configurationId: string;
  readonly pipelineStage?: number;
  readonly sharding: readonly OnnxSharding[];
}

export interface OnnxSharding {
  readonly tensorName: string;
  readonly devices: readonly bigint[];
  readonly deviceGroups: readonly { readonly key: bigint; readonly devices: readonly bigint[] }[];
  readonly dimensions: readonly {
    readonly axis: bigint;
    readonly shards: readonly { readonly dimension: OnnxDimension; readonly count: bigint }[];
  }[];
}

/** A whole ModelProto. Unknown fields are refused by the reader, so nothing in the file is left out of this. */
export interface OnnxModel extends Pick<OnnxDocumentation, 'docString'> {
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
  readonly deviceConfigurations?: readonly OnnxDeviceConfiguration[];
}
