import { GateError } from '../errors.ts';
import type { Engine, EngineTensor, ExternalBytes } from '../engines/engine.ts';
import { encodeOnnxModel } from '../onnx/encode.ts';
import type { OnnxDataType, OnnxGraph, OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';

export interface StaticShapesRequest {
  readonly engine: Engine;
  /** All inputs with static shapes (see {@link withFixedInputs}). */
  readonly model: OnnxModel;
  /** Values to hand back besides the shapes. */
  readonly values?: readonly string[];
  readonly external?: readonly ExternalBytes[];
}

export interface StaticShapes {
  /** By name: inputs, initializers and every value of the main graph that is a tensor. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly values: ReadonlyMap<string, EngineTensor>;
}

/** Numbers in all inputs of one run: 1 GiB of float32 (CWE-789). */
const MAX_INPUT_VALUES = 2 ** 28;

/**
 * Shapes of all inner values, found by execution: the graph runs once on zeros with a Shape node behind every value.
 * That is right for every operator the engine knows, and copies a few numbers a value only. Rejects with
 * `engine/rejected` or `engine/failed` when the graph does not run at this batch size.
 */
export async function staticShapes(request: StaticShapesRequest): Promise<StaticShapes> {
  const { engine, model, values = [] } = request;
  const { graph } = model;
  const produced = graph.nodes.flatMap((node) => node.outputs.filter((output) => output !== ''));
  const watchers = produced.map((value, index): OnnxNode => ({ name: '', opType: 'Shape', domain: '', inputs: [value], outputs: [`shape//${index}`], attributes: new Map() }));
  const wanted = new Set(values);
  const watched: OnnxModel = {
    ...model,
    graph: {
      ...graph,
      nodes: [...graph.nodes, ...watchers],
      outputs: [...watchers.flatMap(({ outputs }) => outputs), ...wanted].map((name) => ({ name, type: { kind: 'unknown' } })),
      valueInfo: [],
    },
  };
  const shapes = new Map<string, readonly number[]>();
  for (const tensor of graph.initializers) shapes.set(tensor.name, tensor.dims);
  for (const [name, tensor] of Object.entries(zeroFeeds(graph))) shapes.set(name, tensor.dims);
  if (watched.graph.outputs.length === 0) return { shapes, values: new Map() };

  const session = await engine.open(await encodeOnnxModel(watched), request.external ?? []);
  try {
    const answer = await session.run(zeroFeeds(graph));
    for (const [index, value] of produced.entries()) {
      const shape = answer[`shape//${index}`];
      if (shape !== undefined) shapes.set(value, Array.from(shape.data, Number));
    }
    const found = new Map<string, EngineTensor>();
    for (const name of wanted) {
      const tensor = answer[name];
      if (tensor !== undefined) found.set(name, tensor);
    }
    return { shapes, values: found };
  } finally {
    await session.close();
  }
}

/**
 * The model with every unknown or named first dimension set to `batch`, and whole shapes replaced where given. Throws
 * `format/unsupported` when another dimension stays open.
 */
export function withFixedInputs(model: OnnxModel, batch: number, inputShapes: Readonly<Record<string, readonly number[]>> = {}): OnnxModel {
  const constants = new Set(model.graph.initializers.map((tensor) => tensor.name));
  const inputs = model.graph.inputs
    // An initializer gives its input a default; nobody feeds another.
    .filter((input) => !constants.has(input.name))
    .map((input) => {
      if (input.type.kind !== 'tensor') throw open(input.name, 'it is not a tensor');
      const given = inputShapes[input.name];
      const shape = given ?? input.type.shape?.map((dimension, axis) => (axis === 0 && typeof dimension !== 'number' ? batch : dimension));
      if (shape === undefined || shape.some((dimension) => typeof dimension !== 'number')) throw open(input.name, `its shape is [${(shape ?? ['?']).map((one) => one ?? '?').join(', ')}]`);
      return { ...input, type: { ...input.type, shape } };
    });
  return { ...model, graph: { ...model.graph, inputs, outputs: model.graph.outputs.map(({ name }) => ({ name, type: { kind: 'unknown' } })), valueInfo: [] } };
}

function open(name: string, why: string): GateError {
  return new GateError({ code: 'format/unsupported', message: `The input ${name} has no fixed shape: ${why}.`, nextStep: 'Export the model with a fixed input size.' });
}

const ZEROS: Partial<Record<OnnxDataType, { readonly type: EngineTensor['type']; readonly make: (count: number) => EngineTensor['data'] }>> = {
  float: { type: 'float32', make: (count) => new Float32Array(count) },
  double: { type: 'float64', make: (count) => new Float64Array(count) },
  float16: { type: 'float16', make: (count) => new Uint16Array(count) },
  int64: { type: 'int64', make: (count) => new BigInt64Array(count) },
  int32: { type: 'int32', make: (count) => new Int32Array(count) },
  int16: { type: 'int16', make: (count) => new Int16Array(count) },
  int8: { type: 'int8', make: (count) => new Int8Array(count) },
  uint16: { type: 'uint16', make: (count) => new Uint16Array(count) },
  uint8: { type: 'uint8', make: (count) => new Uint8Array(count) },
  bool: { type: 'bool', make: (count) => new Uint8Array(count) },
};

function zeroFeeds(graph: OnnxGraph): Readonly<Record<string, EngineTensor>> {
  let total = 0;
  return Object.fromEntries(
    graph.inputs.map(({ name, type }) => {
      const zeros = type.kind === 'tensor' ? ZEROS[type.elementType] : undefined;
      if (type.kind !== 'tensor' || zeros === undefined) throw open(name, 'its elements are of a type that no engine takes');
      const dims = (type.shape ?? []).map(Number);
      const count = dims.reduce((product, size) => product * size, 1);
      total += count;
      if (!(total <= MAX_INPUT_VALUES)) throw new GateError({ code: 'format/limit-exceeded', message: `The inputs take more than ${MAX_INPUT_VALUES} numbers.` });
      return [name, { type: zeros.type, data: zeros.make(count), dims }];
    }),
  );
}
