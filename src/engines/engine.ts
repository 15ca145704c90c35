/** Element types that cross the engine boundary. */
export type EngineData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | Int8Array | Uint16Array | Int16Array;

export interface EngineTensor {
  readonly type: 'float32' | 'float64' | 'int32' | 'int64' | 'uint8' | 'int8' | 'uint16' | 'int16' | 'bool' | 'float16';
  readonly data: EngineData;
  readonly dims: readonly number[];
}

export interface EngineValueInfo {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface EngineSession {
  readonly inputs: readonly EngineValueInfo[];
  readonly outputs: readonly EngineValueInfo[];
  /** Runs the graph; `fetches` limits what is computed and copied. Rejects with `engine/failed`. */
  run(feeds: Readonly<Record<string, EngineTensor>>, fetches?: readonly string[]): Promise<Readonly<Record<string, EngineTensor>>>;
  close(): Promise<void>;
}

export interface ExternalBytes {
  /** As the model refers to it. */
  readonly path: string;
  readonly data: Uint8Array;
}

/** Runs ONNX graphs. Deterministic: the same graph, feeds and engine give the same bytes on any number of threads. */
export interface Engine {
  readonly id: 'onnxruntime-node' | 'onnxruntime-web';
  readonly version: string;
  /** Rejects with `engine/rejected` when the engine refuses the graph. */
  open(model: Uint8Array, external?: readonly ExternalBytes[]): Promise<EngineSession>;
}
