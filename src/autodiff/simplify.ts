import { GateError } from '../errors.ts';
import type { Engine, EngineTensor, ExternalBytes } from '../engines/engine.ts';
import { tensorOf, type TensorData } from '../onnx/build.ts';
import { inlineFunctions } from '../onnx/inline-functions.ts';
import type { OnnxDataType, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../onnx/onnx-model.ts';
import { fuseBatchNormalization } from './fuse-batch-normalization.ts';
import { passQuantization } from './pass-quantization.ts';
import { raiseOpset } from './raise-opset.ts';
import { hasRecurrent, unrollRecurrent } from './unroll-recurrent.ts';
import { staticShapes, withFixedInputs } from './static-shapes.ts';

export interface SimplifyRequest {
  readonly engine: Engine;
  readonly model: OnnxModel;
  /** Rows of every input whose first dimension is open; at least 1. */
  readonly batch: number;
  /** Whole shapes for inputs that leave more than the batch open. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
  /** Opset to raise to, when later than 18. */
  readonly opset?: number;
  readonly external?: readonly ExternalBytes[];
}

export interface SimplifiedModel {
  /** One graph without functions, Dropout, Identity and shape arithmetic; all shapes static; opset 18 or later. */
  readonly model: OnnxModel;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Elements of one folded constant: 64 MiB of float32. Positional tables are far smaller; a larger one stays computed. */
const MAX_FOLDED_ELEMENTS = 2 ** 24;

/** Not the same at every run, or not a value of its own. */
const NEVER_FOLDED: ReadonlySet<string> = new Set(['RandomNormal', 'RandomUniform', 'RandomNormalLike', 'RandomUniformLike', 'Multinomial', 'Bernoulli', 'If', 'Loop', 'Scan']);

/** Their answer follows from the static shape of what they take. */
const ASKS_SHAPE: ReadonlySet<string> = new Set(['Shape', 'Size']);

/**
 * A network at a fixed batch size, ready to be differentiated: functions inlined, opset raised, everything that does not
 * depend on the inputs computed once by the engine, batch normalization merged into the convolutions before it, rounding
 * to integers and back passed over. Rejects
 * with `format/unsupported` for open input shapes and old opsets, `engine/*` when the graph does not run.
 */
export async function simplify(request: SimplifyRequest): Promise<SimplifiedModel> {
  const { engine, external = [] } = request;
  const raised = raiseOpset(withFixedInputs(inlineFunctions(request.model), request.batch, request.inputShapes), request.opset);
  const straight = withConstantsAsInitializers(withoutIdentities(passQuantization(raised)));
  // Sequence lengths are known only after a run; networks without recurrent layers need no second one.
  const plain = hasRecurrent(straight) ? unrollRecurrent(straight, (await staticShapes({ engine, model: straight, external })).shapes) : straight;
  const constants = constantValues(plain.graph);
  const frontier = frontierOf(plain.graph, constants);
  const { shapes, values } = await staticShapes({ engine, model: plain, values: frontier, external });
  const folded = foldedGraph(plain.graph, values);
  const fused = await fuseBatchNormalization(pruned({ ...plain, graph: folded }));
  const known = new Map(shapes);
  for (const tensor of fused.graph.initializers) known.set(tensor.name, tensor.dims);
  return { model: fused, shapes: known };
}

/** Identity and Dropout pass their input on; outputs of the graph keep their names through an Identity. */
function withoutIdentities(model: OnnxModel): OnnxModel {
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  const held = namesInSubgraphs(model.graph);
  const aliases = new Map<string, string>();
  const nodes: OnnxNode[] = [];
  const real = (name: string): string => aliases.get(name) ?? name;
  for (const node of model.graph.nodes) {
    const renamed = { ...node, inputs: node.inputs.map(real) };
    const [output = ''] = node.outputs;
    const isCopy = node.domain === '' && (node.opType === 'Identity' || node.opType === 'Dropout') && node.outputs.slice(1).every((one) => one === '' || !isUsed(model.graph, one));
    if (isCopy && !outputs.has(output) && !held.has(output)) aliases.set(output, renamed.inputs[0] ?? '');
    else nodes.push(isCopy ? { ...renamed, opType: 'Identity', inputs: renamed.inputs.slice(0, 1), outputs: [output], attributes: new Map() } : renamed);
  }
  return { ...model, graph: { ...model.graph, nodes } };
}

function isUsed(graph: OnnxGraph, value: string): boolean {
  return graph.nodes.some((node) => node.inputs.includes(value)) || graph.outputs.some(({ name }) => name === value);
}

/** Values a subgraph may take from outside by name. */
function namesInSubgraphs(graph: OnnxGraph): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (one: OnnxGraph): void => {
    for (const { name } of one.outputs) found.add(name);
    for (const node of one.nodes) {
      for (const input of node.inputs) found.add(input);
      visitNode(node);
    }
  };
  const visitNode = (node: OnnxNode): void => {
    for (const value of node.attributes.values()) {
      if (value.type === 'graph') visit(value.value);
      if (value.type === 'graphs') value.value.forEach(visit);
    }
  };
  graph.nodes.forEach(visitNode);
  return found;
}

function withConstantsAsInitializers(model: OnnxModel): OnnxModel {
  const tensors: OnnxTensor[] = [];
  const nodes = model.graph.nodes.filter((node) => {
    const tensor = node.domain === '' && node.opType === 'Constant' ? constantOf(node) : undefined;
    if (tensor !== undefined) tensors.push(tensor);
    return tensor === undefined;
  });
  return { ...model, graph: { ...model.graph, nodes, initializers: [...model.graph.initializers, ...tensors] } };
}

function constantOf(node: OnnxNode): OnnxTensor | undefined {
  const [name = ''] = node.outputs;
  for (const value of node.attributes.values()) {
    if (value.type === 'tensor') return { ...value.value, name };
    if (value.type === 'float') return tensorOf(name, Float32Array.of(value.value), []);
    if (value.type === 'floats') return tensorOf(name, Float32Array.from(value.value), [value.value.length]);
    if (value.type === 'int') return tensorOf(name, BigInt64Array.of(value.value), []);
    if (value.type === 'ints') return tensorOf(name, BigInt64Array.from(value.value), [value.value.length]);
  }
  return undefined;
}

/** Every value that is the same whatever the inputs hold. */
function constantValues(graph: OnnxGraph): ReadonlySet<string> {
  const found = new Set(graph.initializers.map(({ name }) => name));
  for (const node of graph.nodes) {
    if (NEVER_FOLDED.has(node.opType)) continue;
    const isConstant = (node.domain === '' && ASKS_SHAPE.has(node.opType)) || node.inputs.every((input) => input === '' || found.has(input));
    if (isConstant) for (const output of node.outputs) if (output !== '') found.add(output);
  }
  return found;
}

/** Computed constants that something computed at run time takes: only they have to be kept. */
function frontierOf(graph: OnnxGraph, constants: ReadonlySet<string>): readonly string[] {
  const computed = new Set(graph.nodes.flatMap(({ outputs }) => outputs).filter((output) => constants.has(output)));
  const taken = new Set(graph.nodes.filter((node) => node.outputs.some((output) => output !== '' && !constants.has(output))).flatMap(({ inputs }) => inputs));
  for (const name of namesInSubgraphs(graph)) taken.add(name);
  for (const { name } of graph.outputs) taken.add(name);
  return [...computed].filter((name) => taken.has(name));
}

const DATA_TYPES: Readonly<Record<EngineTensor['type'], OnnxDataType>> = {
  float32: 'float', float64: 'double', float16: 'float16', int64: 'int64', int32: 'int32', int16: 'int16', int8: 'int8', uint16: 'uint16', uint8: 'uint8', bool: 'bool',
};

function foldedGraph(graph: OnnxGraph, values: ReadonlyMap<string, EngineTensor>): OnnxGraph {
  const kept = new Map([...values].filter(([, { data }]) => data.length <= MAX_FOLDED_ELEMENTS));
  const tensors = [...kept].map(([name, { data, dims, type }]) => tensorOf(name, data as TensorData, dims, DATA_TYPES[type]));
  // A node of several outputs stays while any of them is still computed.
  const nodes = graph.nodes
    .filter((node) => !node.outputs.every((output) => output === '' || kept.has(output)))
    .map((node) => (node.outputs.some((output) => kept.has(output)) ? { ...node, outputs: node.outputs.map((output) => (kept.has(output) ? '' : output)) } : node));
  return { ...graph, nodes, initializers: [...graph.initializers, ...tensors] };
}

/** Without nodes and initializers that no output needs. */
function pruned(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const held = namesInSubgraphs(graph);
  for (const name of held) needed.add(name);
  const nodes: OnnxNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  const missing = graph.outputs.find(({ name }) => name === '');
  if (missing !== undefined) throw new GateError({ code: 'format/malformed', message: 'The graph has an output without a name.' });
  return { ...model, graph: { ...graph, nodes: nodes.reverse(), initializers: graph.initializers.filter(({ name }) => needed.has(name)) } };
}
