import { memorySource } from '../artifacts/memory-source.ts';
import type {
  OnnxAttribute, OnnxDataType, OnnxDimension, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxType,
} from './onnx-model.ts';
import { validateOnnxModel } from './validate.ts';

const utf8 = new TextEncoder();

/** Attributes by kind: a plain number would not say whether it is an int or a float. */
export const attribute = {
  int: (value: number | bigint): OnnxAttribute => ({ type: 'int', value: BigInt(value) }),
  ints: (value: readonly (number | bigint)[]): OnnxAttribute => ({ type: 'ints', value: value.map(BigInt) }),
  float: (value: number): OnnxAttribute => ({ type: 'float', value: Math.fround(value) }),
  floats: (value: readonly number[]): OnnxAttribute => ({ type: 'floats', value: value.map(Math.fround) }),
  string: (value: string): OnnxAttribute => ({ type: 'string', value: utf8.encode(value) }),
  strings: (value: readonly string[]): OnnxAttribute => ({ type: 'strings', value: value.map((one) => utf8.encode(one)) }),
  tensor: (value: OnnxTensor): OnnxAttribute => ({ type: 'tensor', value }),
  graph: (value: OnnxGraph): OnnxAttribute => ({ type: 'graph', value }),
  type: (value: OnnxType): OnnxAttribute => ({ type: 'type', value }),
  reference: (value: string): OnnxAttribute => ({ type: 'reference', value }),
} as const;

export type TensorData = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array;

/** A tensor of raw data; `dataType` follows from the array unless given (float16 bits in a Uint16Array, bool in a Uint8Array). */
export function tensorOf(name: string, data: TensorData, dims: readonly number[], dataType: OnnxDataType = dataTypeOf(data)): OnnxTensor {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dataType, dims, raw: { source: memorySource(bytes), range: { offset: 0, length: bytes.byteLength }, location: 'inline' } };
}

function dataTypeOf(data: TensorData): OnnxDataType {
  if (data instanceof Float32Array) return 'float';
  if (data instanceof Float64Array) return 'double';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof BigUint64Array) return 'uint64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint32Array) return 'uint32';
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Uint16Array) return 'uint16';
  return data instanceof Int8Array ? 'int8' : 'uint8';
}

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly domain?: string;
  readonly name?: string;
  /** Names of the outputs; one fresh name when absent. */
  readonly outputs?: readonly string[];
}

/** Puts a graph together from front to back. Every method returns the names of the values it makes. */
export interface GraphBuilder {
  input(name: string, elementType: OnnxDataType, shape?: readonly OnnxDimension[]): string;
  constant(name: string, data: TensorData, dims: readonly number[], dataType?: OnnxDataType): string;
  initializer(tensor: OnnxTensor): string;
  /** Appends a node and returns its first output. */
  node(opType: string, inputs: readonly string[], options?: NodeOptions): string;
  output(name: string, elementType?: OnnxDataType, shape?: readonly OnnxDimension[]): string;
  /** A name that nothing in this graph has. */
  fresh(stem: string): string;
  graph(name?: string): OnnxGraph;
}

export function graphBuilder(): GraphBuilder {
  const parts = {
    nodes: [] as OnnxNode[],
    initializers: [] as OnnxTensor[],
    inputs: [] as OnnxGraph['inputs'][number][],
    outputs: [] as OnnxGraph['outputs'][number][],
  };
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  const typed = (elementType: OnnxDataType | undefined, shape: readonly OnnxDimension[] | undefined): OnnxType =>
    elementType === undefined ? { kind: 'unknown' } : { kind: 'tensor', elementType, ...(shape === undefined ? {} : { shape }) };
  const builder: GraphBuilder = {
    input(name, elementType, shape) {
      taken.add(name);
      parts.inputs.push({ name, type: typed(elementType, shape) });
      return name;
    },
    constant: (name, data, dims, dataType) => builder.initializer(tensorOf(name, data, dims, dataType)),
    initializer(tensor) {
      taken.add(tensor.name);
      parts.initializers.push(tensor);
      return tensor.name;
    },
    node(opType, inputs, options = {}) {
      const outputs = options.outputs ?? [builder.fresh(opType)];
      for (const output of outputs) taken.add(output);
      parts.nodes.push({
        name: options.name ?? '',
        opType,
        domain: options.domain ?? '',
        inputs,
        outputs,
        attributes: new Map(Object.entries(options.attributes ?? {})),
      });
      return outputs[0] ?? '';
    },
    output(name, elementType, shape) {
      parts.outputs.push({ name, type: typed(elementType, shape) });
      return name;
    },
    fresh(stem) {
      let name = stem;
      let count = counts.get(stem) ?? 0;
      while (taken.has(name)) name = `${stem}_${++count}`;
      // Counting on from here keeps a graph of many nodes linear.
      counts.set(stem, count);
      taken.add(name);
      return name;
    },
    graph: (name = 'graph') => ({
      name,
      nodes: [...parts.nodes],
      initializers: [...parts.initializers],
      sparseInitializers: [],
      inputs: [...parts.inputs],
      outputs: [...parts.outputs],
      valueInfo: [],
    }),
  };
  return builder;
}

export interface ModelOptions {
  /** Domain → version; '' is ai.onnx. Default: ai.onnx 17. */
  readonly opsetImports?: Readonly<Record<string, number>>;
  /** Default 8, which goes with operator sets up to 18. */
  readonly irVersion?: number;
  readonly functions?: readonly OnnxFunction[];
  readonly metadata?: ReadonlyMap<string, string>;
}

/** A valid model around a graph. Throws `format/malformed` when graph or functions break the IR's rules. */
export function modelOf(graph: OnnxGraph, options: ModelOptions = {}): OnnxModel {
  const model: OnnxModel = {
    irVersion: BigInt(options.irVersion ?? 8),
    producerName: 'modelgate',
    producerVersion: '',
    domain: '',
    modelVersion: 0n,
    opsetImports: new Map(Object.entries(options.opsetImports ?? { '': 17 }).map(([domain, version]) => [domain, BigInt(version)])),
    graph,
    functions: options.functions ?? [],
    metadata: options.metadata ?? new Map(),
  };
  validateOnnxModel(model);
  return model;
}
