import { GateError } from '../errors.ts';
import { attribute, tensorOf } from '../onnx/build.ts';
import { floatAttribute, floatsAttribute, intAttribute, intsAttribute, textAttribute } from '../onnx/graph-index.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';

/** Rules and emitted nodes are written in this dialect: from it on, axes of all reductions are inputs. */
export const LOWEST_OPSET = 18;

/** The oldest operator set whose arithmetic broadcasts as NumPy does. */
const OLDEST_OPSET = 7;

/** Intermediate representation that goes with opset 18. */
const IR_VERSION = 8n;

/** Puts nodes in place of one that a later opset writes differently. */
interface Rewriter {
  /** A Constant node's output. */
  ints(values: readonly number[]): string;
  float(value: number): string;
  floats(values: readonly number[]): string;
  emit(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
  /** The node itself, changed. */
  put(changes: Partial<OnnxNode>): void;
}

type Rewrite = (node: OnnxNode, rewriter: Rewriter) => void;

/** Operators whose form changed: rewritten when the model's opset is below the given one. */
const CHANGES: Readonly<Record<string, readonly { readonly below: number; readonly rewrite: Rewrite }[]>> = {
  Upsample: [
    { below: 9, rewrite: (node, { floats, put }) => put(resizeOf(node, floats(floatsAttribute(node, 'scales') ?? []))) },
    { below: 99, rewrite: (node, { put }) => put(resizeOf(node, node.inputs[1] ?? '')) },
  ],
  Resize: [{ below: 11, rewrite: (node, { put }) => put(resizeOf(node, node.inputs[1] ?? '')) }],
  Slice: [
    {
      below: 10,
      rewrite: (node, { ints, put }) => {
        const starts = intsAttribute(node, 'starts') ?? [];
        const axes = intsAttribute(node, 'axes') ?? starts.map((_, axis) => axis);
        put({ inputs: [node.inputs[0] ?? '', ints(starts), ints(intsAttribute(node, 'ends') ?? []), ints(axes)], attributes: new Map() });
      },
    },
  ],
  Pad: [
    {
      below: 11,
      rewrite: (node, { ints, float, put }) =>
        put({ inputs: [node.inputs[0] ?? '', ints(intsAttribute(node, 'pads') ?? []), float(floatAttribute(node, 'value', 0))], attributes: without(node, 'pads', 'value') }),
    },
  ],
  Clip: [
    {
      below: 11,
      rewrite: (node, { float, put }) => {
        const limit = (name: string): string => (node.attributes.has(name) ? float(floatAttribute(node, name, 0)) : '');
        put({ inputs: [node.inputs[0] ?? '', limit('min'), limit('max')], attributes: new Map() });
      },
    },
  ],
  Scatter: [{ below: 99, rewrite: (_, { put }) => put({ opType: 'ScatterElements' }) }],
  TopK: [{ below: 10, rewrite: (node, { ints, put }) => put({ inputs: [node.inputs[0] ?? '', ints([intAttribute(node, 'k', 1)])], attributes: without(node, 'k') }) }],
  // Training outputs and switches of old opsets; at inference the operator computes the same.
  BatchNormalization: [{ below: 14, rewrite: (node, { put }) => put({ outputs: node.outputs.slice(0, 1), attributes: without(node, 'momentum', 'spatial', 'is_test', 'consumed_inputs') }) }],
  Dropout: [{ below: 12, rewrite: (node, { put }) => put({ attributes: without(node, 'ratio', 'is_test') }) }],
  Squeeze: [{ below: 13, rewrite: axesAsInput }],
  Unsqueeze: [{ below: 13, rewrite: axesAsInput }],
  ReduceSum: [{ below: 13, rewrite: axesAsInput }],
  Split: [
    {
      below: 13,
      rewrite: (node, { ints, put }) => {
        const sizes = intsAttribute(node, 'split');
        if (sizes !== undefined) return put({ inputs: [node.inputs[0] ?? '', ints(sizes)], attributes: without(node, 'split') });
        put({ attributes: new Map([...node.attributes, ['num_outputs', attribute.int(node.outputs.length)]]) });
      },
    },
    {
      below: 18,
      rewrite: (node, { put }) => put((node.inputs[1] ?? '') === '' ? { attributes: new Map([...node.attributes, ['num_outputs', attribute.int(node.outputs.length)]]) } : {}),
    },
  ],
  Softmax: [{ below: 13, rewrite: flattened }],
  LogSoftmax: [{ below: 13, rewrite: flattened }],
  GridSample: [
    {
      below: 20,
      rewrite: (node, { put }) => {
        const mode = textAttribute(node, 'mode', 'bilinear');
        put({ attributes: new Map([...node.attributes, ['mode', attribute.string(mode === 'bilinear' ? 'linear' : mode === 'bicubic' ? 'cubic' : mode)]]) });
      },
    },
  ],
  ...Object.fromEntries(
    ['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'].map((opType) => [opType, [{ below: 18, rewrite: axesAsInput }]]),
  ),
};

function resizeOf(node: OnnxNode, scales: string): Partial<OnnxNode> {
  return {
    opType: 'Resize',
    inputs: [node.inputs[0] ?? '', '', scales],
    attributes: new Map([
      ['mode', attribute.string(textAttribute(node, 'mode', 'nearest'))],
      ['coordinate_transformation_mode', attribute.string('asymmetric')],
      ['nearest_mode', attribute.string('floor')],
    ]),
  };
}

function axesAsInput(node: OnnxNode, { ints, put }: Rewriter): void {
  const axes = intsAttribute(node, 'axes');
  if (axes !== undefined) put({ inputs: [node.inputs[0] ?? '', ints(axes)], attributes: without(node, 'axes') });
  else put({});
}

/** Before opset 13 all axes from `axis` on were one: the input was seen as a matrix. */
function flattened(node: OnnxNode, { emit, put }: Rewriter): void {
  const x = node.inputs[0] ?? '';
  const matrix = emit('Flatten', [x], { axis: attribute.int(intAttribute(node, 'axis', 1)) });
  const rows = emit(node.opType, [matrix], { axis: attribute.int(-1) });
  put({ opType: 'Reshape', inputs: [rows, emit('Shape', [x])], attributes: new Map() });
}

function without(node: OnnxNode, ...names: readonly string[]): ReadonlyMap<string, OnnxAttribute> {
  return new Map([...node.attributes].filter(([name]) => !names.includes(name)));
}

/**
 * The model in opset 18, or `at` when that is later; a model that is there already comes back as it is. Throws
 * `format/unsupported` below opset 7 and for calls of functions (inline them first).
 */
export function raiseOpset(model: OnnxModel, at = LOWEST_OPSET): OnnxModel {
  const from = Number(model.opsetImports.get('') ?? model.opsetImports.get('ai.onnx') ?? 0n);
  const to = Math.max(at, LOWEST_OPSET);
  if (from >= to) return model;
  if (from < OLDEST_OPSET) {
    throw new GateError({
      code: 'format/unsupported',
      message: `The model is in operator set ${from}; gradients need ${OLDEST_OPSET} or later.`,
      nextStep: 'Export the model again with a later opset.',
    });
  }
  const imports = new Map(model.opsetImports);
  imports.set('', BigInt(to));
  return {
    ...model,
    irVersion: model.irVersion < IR_VERSION ? IR_VERSION : model.irVersion,
    opsetImports: imports,
    graph: raiseGraph(model.graph, from, to, { count: 0 }),
  };
}

function raiseGraph(graph: OnnxGraph, from: number, to: number, names: { count: number }): OnnxGraph {
  const nodes: OnnxNode[] = [];
  for (const node of graph.nodes) {
    const inner = withRaisedSubgraphs(node, from, to, names);
    const change = node.domain === '' ? CHANGES[node.opType]?.find(({ below }) => from < below && (to >= below || below === 99)) : undefined;
    if (change === undefined) {
      nodes.push(inner);
      continue;
    }
    const emit = (opType: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): string => {
      const output = `opset//${String((names.count += 1))}`;
      nodes.push({ name: output, opType, domain: '', inputs, outputs: [output], attributes: new Map(Object.entries(attributes)) });
      return output;
    };
    const constant = (tensor: Parameters<typeof attribute.tensor>[0]): string => emit('Constant', [], { value: attribute.tensor(tensor) });
    change.rewrite(inner, {
      emit,
      ints: (values) => constant(tensorOf('', BigInt64Array.from(values.map(toInt64)), [values.length])),
      float: (value) => constant(tensorOf('', Float32Array.of(value), [])),
      floats: (values) => constant(tensorOf('', Float32Array.from(values), [values.length])),
      put: (changes) => nodes.push({ ...inner, ...changes }),
    });
  }
  return { ...graph, nodes };
}

/** Exporters write "to the end" as the largest int64, which a double holds rounded up, past the type. */
function toInt64(value: number): bigint {
  const limit = 2n ** 63n - 1n;
  const whole = BigInt(value);
  return whole > limit ? limit : whole < -limit ? -limit : whole;
}

function withRaisedSubgraphs(node: OnnxNode, from: number, to: number, names: { count: number }): OnnxNode {
  const raised = (value: OnnxAttribute): OnnxAttribute => {
    if (value.type === 'graph') return { ...value, value: raiseGraph(value.value, from, to, names) };
    return value.type === 'graphs' ? { ...value, value: value.value.map((one) => raiseGraph(one, from, to, names)) } : value;
  };
  return { ...node, attributes: new Map([...node.attributes].map(([name, value]) => [name, raised(value)])) };
}
