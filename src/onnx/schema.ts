import type { ByteRange } from '../artifacts/byte-source.ts';

/**
 * The messages of onnx.proto3 (ONNX 1.21, IR version 13) as data: field → [number, kind, 'repeated'?].
 * `name` and `text` are protobuf strings with different limits; `run` is a list of numbers that stays in the file until
 * the tensor's data type and dimensions say how many there have to be.
 */
export const SCHEMA = {
  Model: {
    irVersion: [1, 'int64'],
    producerName: [2, 'text'],
    producerVersion: [3, 'text'],
    domain: [4, 'name'],
    modelVersion: [5, 'int64'],
    docString: [6, 'text'],
    graph: [7, 'Graph'],
    opsetImport: [8, 'OperatorSetId', 'repeated'],
    metadataProps: [14, 'StringStringEntry', 'repeated'],
    trainingInfo: [20, 'TrainingInfo', 'repeated'],
    functions: [25, 'Function', 'repeated'],
    configuration: [26, 'DeviceConfiguration', 'repeated'],
  },
  OperatorSetId: { domain: [1, 'name'], version: [2, 'int64'] },
  StringStringEntry: { key: [1, 'name'], value: [2, 'text'] },
  /** Only ever refused: a model that trains itself is not what runs. */
  TrainingInfo: {},
  Graph: {
    node: [1, 'Node', 'repeated'],
    name: [2, 'name'],
    initializer: [5, 'Tensor', 'repeated'],
    docString: [10, 'text'],
    input: [11, 'ValueInfo', 'repeated'],
    output: [12, 'ValueInfo', 'repeated'],
    valueInfo: [13, 'ValueInfo', 'repeated'],
    quantizationAnnotation: [14, 'TensorAnnotation', 'repeated'],
    sparseInitializer: [15, 'SparseTensor', 'repeated'],
    metadataProps: [16, 'StringStringEntry', 'repeated'],
  },
  Node: {
    input: [1, 'name', 'repeated'],
    output: [2, 'name', 'repeated'],
    name: [3, 'name'],
    opType: [4, 'name'],
    attribute: [5, 'Attribute', 'repeated'],
    docString: [6, 'text'],
    domain: [7, 'name'],
    overload: [8, 'name'],
    metadataProps: [9, 'StringStringEntry', 'repeated'],
    deviceConfigurations: [10, 'NodeDeviceConfiguration', 'repeated'],
  },
  Attribute: {
    name: [1, 'name'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'bytes'],
    t: [5, 'Tensor'],
    g: [6, 'Graph'],
    floats: [7, 'float', 'repeated'],
    ints: [8, 'int64', 'repeated'],
    strings: [9, 'bytes', 'repeated'],
    tensors: [10, 'Tensor', 'repeated'],
    graphs: [11, 'Graph', 'repeated'],
    docString: [13, 'text'],
    tp: [14, 'Type'],
    typeProtos: [15, 'Type', 'repeated'],
    type: [20, 'int32'],
    refAttrName: [21, 'name'],
    sparseTensor: [22, 'SparseTensor'],
    sparseTensors: [23, 'SparseTensor', 'repeated'],
  },
  Tensor: {
    dims: [1, 'int64', 'repeated'],
    dataType: [2, 'int32'],
    segment: [3, 'Segment'],
    floatData: [4, 'floatRun', 'repeated'],
    int32Data: [5, 'int32Run', 'repeated'],
    stringData: [6, 'bytes', 'repeated'],
    int64Data: [7, 'int64Run', 'repeated'],
    name: [8, 'name'],
    rawData: [9, 'bytes'],
    doubleData: [10, 'doubleRun', 'repeated'],
    uint64Data: [11, 'uint64Run', 'repeated'],
    docString: [12, 'text'],
    externalData: [13, 'StringStringEntry', 'repeated'],
    dataLocation: [14, 'int32'],
    metadataProps: [16, 'StringStringEntry', 'repeated'],
  },
  /** Only ever refused: no runtime reads tensors stored in pieces. */
  Segment: { begin: [1, 'int64'], end: [2, 'int64'] },
  SparseTensor: { values: [1, 'Tensor'], indices: [2, 'Tensor'], dims: [3, 'int64', 'repeated'] },
  ValueInfo: { name: [1, 'name'], type: [2, 'Type'], docString: [3, 'text'], metadataProps: [4, 'StringStringEntry', 'repeated'] },
  TensorAnnotation: { tensorName: [1, 'name'], quantParameterTensorNames: [2, 'StringStringEntry', 'repeated'] },
  Type: {
    tensorType: [1, 'TensorType'],
    sequenceType: [4, 'ElementType'],
    mapType: [5, 'MapType'],
    denotation: [6, 'name'],
    opaqueType: [7, 'OpaqueType'],
    sparseTensorType: [8, 'TensorType'],
    optionalType: [9, 'ElementType'],
  },
  /** TypeProto.Tensor and TypeProto.SparseTensor. */
  TensorType: { elemType: [1, 'int32'], shape: [2, 'TensorShape'] },
  /** TypeProto.Sequence and TypeProto.Optional. */
  ElementType: { elemType: [1, 'Type'] },
  MapType: { keyType: [1, 'int32'], valueType: [2, 'Type'] },
  OpaqueType: { domain: [1, 'name'], name: [2, 'name'] },
  TensorShape: { dim: [1, 'Dimension', 'repeated'] },
  Dimension: { dimValue: [1, 'int64'], dimParam: [2, 'name'], denotation: [3, 'name'] },
  Function: {
    name: [1, 'name'],
    input: [4, 'name', 'repeated'],
    output: [5, 'name', 'repeated'],
    attribute: [6, 'name', 'repeated'],
    node: [7, 'Node', 'repeated'],
    docString: [8, 'text'],
    opsetImport: [9, 'OperatorSetId', 'repeated'],
    domain: [10, 'name'],
    attributeProto: [11, 'Attribute', 'repeated'],
    valueInfo: [12, 'ValueInfo', 'repeated'],
    overload: [13, 'name'],
    metadataProps: [14, 'StringStringEntry', 'repeated'],
  },
  DeviceConfiguration: { name: [1, 'name'], numDevices: [2, 'int32'], device: [3, 'name', 'repeated'] },
  NodeDeviceConfiguration: { configurationId: [1, 'name'], shardingSpec: [2, 'ShardingSpec', 'repeated'], pipelineStage: [3, 'int32'] },
  ShardingSpec: {
    tensorName: [1, 'name'],
    device: [2, 'int64', 'repeated'],
    indexToDeviceGroupMap: [3, 'IntIntListEntry', 'repeated'],
    shardedDim: [4, 'ShardedDim', 'repeated'],
  },
  IntIntListEntry: { key: [1, 'int64'], value: [2, 'int64', 'repeated'] },
  ShardedDim: { axis: [1, 'int64'], simpleSharding: [2, 'SimpleShardedDim', 'repeated'] },
  SimpleShardedDim: { dimValue: [1, 'int64'], dimParam: [2, 'name'], numShards: [3, 'int64'] },
} as const;

/** Fields of which a message keeps the last one only. */
export const ONEOFS: Partial<Record<MessageName, readonly string[]>> = {
  Type: ['tensorType', 'sequenceType', 'mapType', 'opaqueType', 'sparseTensorType', 'optionalType'],
  Dimension: ['dimValue', 'dimParam'],
  SimpleShardedDim: ['dimValue', 'dimParam'],
};

export type MessageName = keyof typeof SCHEMA;
export type RunKind = 'floatRun' | 'int32Run' | 'int64Run' | 'doubleRun' | 'uint64Run';
export type ScalarKind = 'int64' | 'int32' | 'float' | 'name' | 'text' | 'bytes' | RunKind;

/** Bytes of numbers in the file: a packed list, or one number of an unpacked one. */
export interface Run extends ByteRange {
  readonly wire: number;
}

interface ScalarValues extends Record<RunKind, Run> {
  int64: bigint;
  int32: number;
  float: number;
  name: string;
  text: string;
  bytes: ByteRange;
}

type KindValue<Kind> = Kind extends keyof ScalarValues ? ScalarValues[Kind] : Kind extends MessageName ? Message<Kind> : never;
type FieldValue<Field> = Field extends readonly [number, infer Kind, 'repeated']
  ? readonly KindValue<Kind>[]
  : Field extends readonly [number, infer Kind]
    ? KindValue<Kind>
    : never;

/** A decoded message: its fields as the file has them, and where it starts. An absent field is an absent member. */
export type Message<Name extends MessageName> = { readonly offset: number } & {
  readonly [Field in keyof (typeof SCHEMA)[Name]]?: FieldValue<(typeof SCHEMA)[Name][Field]>;
};

export interface FieldEntry {
  readonly name: string;
  /** `Message.field`, for errors. */
  readonly path: string;
  readonly number: number;
  readonly kind: ScalarKind | MessageName;
  readonly repeated: boolean;
  /** Other members of the same oneof. */
  readonly excludes: readonly string[];
}

function isMessageName(kind: string): kind is MessageName {
  return Object.hasOwn(SCHEMA, kind);
}

/** True when the field's content is a message of its own. */
export function messageKind(entry: FieldEntry): MessageName | undefined {
  return isMessageName(entry.kind) ? entry.kind : undefined;
}

function tableOf(message: MessageName): ReadonlyMap<number, FieldEntry> {
  const table = new Map<number, FieldEntry>();
  const oneof = ONEOFS[message] ?? [];
  const fields: Readonly<Record<string, readonly [number, string, 'repeated'?]>> = SCHEMA[message];
  for (const [name, [number, kind, repeated]] of Object.entries(fields)) {
    table.set(number, {
      name,
      path: `${message}.${name}`,
      number,
      kind: kind as FieldEntry['kind'],
      repeated: repeated !== undefined,
      excludes: oneof.includes(name) ? oneof.filter((other) => other !== name) : [],
    });
  }
  return table;
}

/** Field number → field, for every message. */
export const TABLES: ReadonlyMap<MessageName, ReadonlyMap<number, FieldEntry>> = new Map(
  Object.keys(SCHEMA)
    .filter(isMessageName)
    .map((name) => [name, tableOf(name)]),
);

/** TensorProto.DataType by number. */
export const DATA_TYPES = [
  'undefined', 'float', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool',
  'float16', 'double', 'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16',
  'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'uint4', 'int4', 'float4e2m1',
  'float8e8m0', 'uint2', 'int2',
] as const;

/** AttributeProto.AttributeType by number; 0 is UNDEFINED. */
export const ATTRIBUTE_KINDS = [
  undefined, 'float', 'int', 'string', 'tensor', 'graph',
  'floats', 'ints', 'strings', 'tensors', 'graphs', 'sparse_tensor', 'sparse_tensors', 'type', 'types',
] as const;
