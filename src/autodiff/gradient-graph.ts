import { GateError } from '../errors.ts';
import { tensorOf } from '../onnx/build.ts';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../onnx/onnx-model.ts';
import { tensorValues } from '../onnx/tensor-values.ts';
import type { RuleContext } from './rule.ts';
import { unsupported } from './rule.ts';
import { gradientRules } from './rules/index.ts';
import { LOWEST_OPSET } from './raise-opset.ts';

export interface GradientRequest {
  /** One graph without functions and with static shapes (see simplify.ts). */
  readonly model: OnnxModel;
  /** The scalar (or one-element) value that is differentiated; an output or inner value of the graph. */
  readonly of: string;
  /** Graph inputs, initializers or inner values. */
  readonly withRespectTo: readonly string[];
  /** Static shapes of all values of the graph, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Outputs of the forward graph to keep besides the gradients; default: all. */
  readonly keep?: readonly string[];
}

/** Larger constants differ anyway, and comparing them costs more than they take. */
const MAX_SHARED_ELEMENTS = 16;

/** Name of the output that holds the gradient with respect to a value. */
export function gradientName(value: string): string {
  return `gradient/${value}`;
}

/**
 * The graph together with its gradient, as one graph: reverse mode (Baydin et al. 2018, arXiv:1502.05767, section
 * 3.2), one rule an operator, only along paths from what is asked for to the loss. Its outputs are the kept ones and
 * `gradient/<name>` for every name asked for. Throws `format/unsupported`, naming the operator, when one has no rule.
 */
export async function buildGradientGraph(request: GradientRequest): Promise<OnnxModel> {
  const { model } = request;
  const { graph } = model;
  const wanted = valuesDependingOn(graph, request.withRespectTo);
  if (!wanted.has(request.of)) {
    throw new GateError({ code: 'format/unsupported', message: `${request.of} does not depend on ${request.withRespectTo.join(', ')}.` });
  }
  const needed = nodesBefore(graph, request.of);
  const opset = Number(model.opsetImports.get('') ?? 0n);
  if (opset < LOWEST_OPSET) {
    throw new GateError({ code: 'internal/unexpected', message: `Gradients are written in opset ${LOWEST_OPSET} or later, the graph is in ${opset}.` });
  }
  const emitted = emitter(graph, opset, request.shapes, wanted);

  const cotangents = new Map<string, string[]>();
  cotangents.set(request.of, [emitted.context.floats([1], request.shapes.get(request.of) ?? [])]);
  for (const node of graph.nodes.filter((one) => needed.has(one)).reverse()) {
    if (!node.inputs.some((input) => wanted.has(input))) continue;
    const ofOutputs = node.outputs.map((output) => total(cotangents, output, emitted.context));
    if (ofOutputs.every((one) => one === undefined)) continue;
    const rule = node.domain === '' || node.domain === 'ai.onnx' ? gradientRules[node.opType] : undefined;
    if (rule === undefined) throw unsupported(node, 'there is no rule for it');
    const ofInputs = await rule(node, ofOutputs, emitted.context);
    for (const [index, input] of node.inputs.entries()) {
      const cotangent = ofInputs[index];
      if (cotangent === undefined || !wanted.has(input)) continue;
      cotangents.set(input, [...(cotangents.get(input) ?? []), cotangent]);
    }
  }

  for (const value of request.withRespectTo) {
    const cotangent = total(cotangents, value, emitted.context);
    // A value the loss does not feel has the gradient zero, of its own shape.
    const zero = (): string => {
      const shape = request.shapes.get(value) ?? [];
      return emitted.context.floats(new Float32Array(shape.reduce((product, size) => product * size, 1)), shape);
    };
    emitted.node('Identity', [cotangent ?? zero()], gradientName(value));
  }
  const keep = request.keep ?? graph.outputs.map((one) => one.name);
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [...graph.nodes.map((node) => ({ ...node, outputs: emitted.extended.get(node) ?? node.outputs })), ...emitted.nodes],
      initializers: [...graph.initializers, ...emitted.initializers],
      outputs: [
        ...keep.map((name) => graph.outputs.find((one) => one.name === name) ?? { name, type: { kind: 'unknown' as const } }),
        ...request.withRespectTo.map((value) => ({
          name: gradientName(value),
          type: { kind: 'tensor' as const, elementType: 'float' as const, shape: [...(request.shapes.get(value) ?? [])] },
        })),
      ],
    },
  };
}

/** Every value that some of `sources` flows into, themselves included. */
function valuesDependingOn(graph: OnnxGraph, sources: readonly string[]): ReadonlySet<string> {
  const found = new Set(sources);
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => found.has(input))) for (const output of node.outputs) if (output !== '') found.add(output);
  }
  return found;
}

function nodesBefore(graph: OnnxGraph, value: string): ReadonlySet<OnnxNode> {
  const found = new Set<OnnxNode>();
  const values = new Set([value]);
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => values.has(output))) continue;
    found.add(node);
    for (const input of node.inputs) values.add(input);
  }
  return found;
}

/** The sum of all contributions to a value's gradient; summed once. */
function total(cotangents: Map<string, string[]>, value: string, context: RuleContext): string | undefined {
  const parts = cotangents.get(value);
  if (parts === undefined || parts.length === 0) return undefined;
  const [first] = parts;
  const sum = parts.length === 1 && first !== undefined ? first : context.emit('Sum', parts);
  cotangents.set(value, [sum]);
  return sum;
}

interface Emitter {
  readonly context: RuleContext;
  readonly nodes: OnnxNode[];
  readonly initializers: OnnxTensor[];
  /** Forward nodes that got outputs they did not have. */
  readonly extended: ReadonlyMap<OnnxNode, readonly string[]>;
  node(opType: string, inputs: readonly string[], output: string): void;
}

function emitter(graph: OnnxGraph, opset: number, shapes: ReadonlyMap<string, readonly number[]>, wanted: ReadonlySet<string>): Emitter {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const constants = constantsOf(graph);
  let count = 0;
  // A prefix no exporter uses keeps these apart from the names of the graph.
  const fresh = (): string => `gradient//${String((count += 1))}`;
  const push = (opType: string, inputs: readonly string[], outputs: readonly string[], attributes: Parameters<RuleContext['emit']>[2] = {}): void => {
    nodes.push({ name: `gradient//${opType}/${String(nodes.length)}`, opType, domain: '', inputs, outputs, attributes: new Map(Object.entries(attributes)) });
  };
  // The same axes, shapes and factors are asked for by node after node: one tensor serves them all.
  const known = new Map<string, string>();
  const constant = (data: Float32Array | BigInt64Array, dims: readonly number[]): string => {
    const key = data.length <= MAX_SHARED_ELEMENTS ? `${data instanceof Float32Array ? 'f' : 'i'}${dims.join('x')}:${data.join()}` : undefined;
    const shared = key === undefined ? undefined : known.get(key);
    if (shared !== undefined) return shared;
    const name = fresh();
    initializers.push(tensorOf(name, data, dims));
    if (key !== undefined) known.set(key, name);
    return name;
  };
  const extended = new Map<OnnxNode, string[]>();
  const context: RuleContext = {
    opset,
    shapeOf(value) {
      const shape = shapes.get(value);
      if (shape !== undefined) return shape;
      throw new GateError({ code: 'format/unsupported', message: `The shape of the value ${value} is not known.` });
    },
    async constantOf(value) {
      const tensor = constants.get(value);
      return tensor === undefined ? undefined : tensorValues(tensor);
    },
    isWanted: (value) => wanted.has(value),
    emit(opType, inputs, attributes) {
      const output = fresh();
      push(opType, inputs, [output], attributes);
      return output;
    },
    emitMany(opType, inputs, outputCount, attributes) {
      const outputs = Array.from({ length: outputCount }, fresh);
      push(opType, inputs, outputs, attributes);
      return outputs;
    },
    floats: (values, dims = []) => constant(values instanceof Float32Array ? values : Float32Array.from(values), dims),
    ints: (values) => constant(BigInt64Array.from(values.map(BigInt)), [values.length]),
    int64s: (values, dims) => constant(BigInt64Array.from(values.map(BigInt)), dims),
    extraOutput(node, index) {
      const outputs = extended.get(node) ?? [...node.outputs];
      while (outputs.length <= index) outputs.push('');
      const name = outputs[index] === '' || outputs[index] === undefined ? fresh() : outputs[index];
      outputs[index] = name;
      extended.set(node, outputs);
      return name;
    },
  };
  return { context, nodes, initializers, extended, node: (opType, inputs, output) => push(opType, inputs, [output]) };
}

function constantsOf(graph: OnnxGraph): ReadonlyMap<string, OnnxTensor> {
  const found = new Map(graph.initializers.map((one) => [one.name, one]));
  for (const node of graph.nodes) {
    const value = node.opType === 'Constant' ? node.attributes.get('value') : undefined;
    const [output] = node.outputs;
    if (value?.type === 'tensor' && output !== undefined) found.set(output, value.value);
  }
  return found;
}

