import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { GateError } from '../errors.ts';
import type { EngineData, EngineSession, EngineTensor, EngineValueInfo, ExternalBytes } from './engine.ts';
import { engineError } from './engine-error.ts';

/** The part of onnxruntime's JavaScript interface that both builds (native and wasm) share and modelgate uses. */
export interface Onnxruntime {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: Tensor.Type, data: Tensor.DataType, dims: readonly number[]) => Tensor;
}

/**
 * Pinned, because a default that changes between releases would change scores. `all` is pinned rather than `disabled`:
 * it is 1.6 times as fast, and still the same bytes on any number of threads of one machine.
 */
const SESSION_OPTIONS = {
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  interOpNumThreads: 1,
  enableCpuMemArena: true,
  enableMemPattern: true,
  enableProfiling: false,
  // 3 is "error": what the engine has to say arrives as an exception, and its log lines may quote the artifact.
  logSeverityLevel: 3,
} as const satisfies InferenceSession.SessionOptions;

const CONFIGURATION = {
  session: {
    // Our readers check ONNX. A file that the engine would take for its own flatbuffer format must not load (CWE-436).
    load_model_format: 'ONNX',
    // Spinning threads burn the second core that another inspection needs: 81 ms against 53 ms under load.
    intra_op: { allow_spinning: '0' },
    inter_op: { allow_spinning: '0' },
  },
} as const;

const ELEMENT_TYPES: ReadonlySet<string> = new Set<EngineTensor['type']>([
  'float32', 'float64', 'int32', 'int64', 'uint8', 'int8', 'uint16', 'int16', 'bool', 'float16',
]);

export interface OpenSessionRequest {
  readonly model: Uint8Array;
  readonly external: readonly ExternalBytes[];
  /** Absent where the number of threads is set for the whole process (wasm). */
  readonly threads: number | undefined;
  readonly executionProvider: 'cpu' | 'wasm';
}

/** Opens a graph in either build of onnxruntime. Rejects with `engine/rejected`. */
export async function openOnnxruntimeSession(runtime: Onnxruntime, request: OpenSessionRequest): Promise<EngineSession> {
  const session = await runtime.InferenceSession.create(request.model, {
    ...SESSION_OPTIONS,
    executionProviders: [request.executionProvider],
    ...(request.threads === undefined ? {} : { intraOpNumThreads: request.threads }),
    ...(request.external.length === 0 ? {} : { externalData: request.external.map(({ path, data }) => ({ path, data })) }),
    extra: CONFIGURATION,
  }).catch((thrown: unknown) => {
    throw engineError('engine/rejected', thrown);
  });

  let isOpen = true;
  return {
    inputs: session.inputMetadata.map(describeValue),
    outputs: session.outputMetadata.map(describeValue),

    async run(feeds, fetches) {
      if (!isOpen) throw new GateError({ code: 'engine/failed', message: 'The session is closed.' });
      try {
        const tensors = Object.entries(feeds).map(([name, one]) => [name, toRuntimeTensor(runtime, one)] as const);
        const results = await (fetches === undefined
          ? session.run(Object.fromEntries(tensors))
          : session.run(Object.fromEntries(tensors), fetches));
        return Object.fromEntries(Object.entries(results).map(([name, one]) => [name, toEngineTensor(name, one)]));
      } catch (thrown) {
        throw engineError('engine/failed', thrown);
      }
    },

    async close() {
      if (!isOpen) return;
      isOpen = false;
      await session.release();
    },
  };
}

function describeValue(value: InferenceSession.ValueMetadata): EngineValueInfo {
  if (!value.isTensor) return { name: value.name, type: 'not a tensor', shape: [] };
  return { name: value.name, type: value.type, shape: value.shape };
}

function toRuntimeTensor(runtime: Onnxruntime, tensor: EngineTensor): Tensor {
  if (tensor.type !== 'float16') return new runtime.Tensor(tensor.type, tensor.data as Tensor.DataType, tensor.dims);
  // Where Node has a Float16Array (24), the constructor makes one of the bits, and the native binding, which does not
  // know that type, sees no data at all. A tensor of the same bits under another name gets past the constructor.
  return Object.assign(new runtime.Tensor('uint16', tensor.data as Uint16Array, tensor.dims), { type: 'float16' as const });
}

function toEngineTensor(name: string, tensor: Tensor): EngineTensor {
  if (!isElementType(tensor.type)) {
    throw new GateError({ code: 'engine/failed', message: `The value "${name}" has elements of type ${tensor.type}, which modelgate does not read.` });
  }
  return { type: tensor.type, data: plainData(tensor.data as ArrayBufferView), dims: tensor.dims };
}

function isElementType(type: string): type is EngineTensor['type'] {
  return ELEMENT_TYPES.has(type);
}

/** Node 24 has Float16Array and Node 20 has not; half floats always cross as their bits. */
function plainData(data: ArrayBufferView): EngineData {
  if (data.constructor.name !== 'Float16Array') return data as EngineData;
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
}
