import { indexGraph, isOperator, type GraphIndex } from '../../onnx/graph-index.ts';
import { inlineFunctions } from '../../onnx/inline-functions.ts';
import type { OnnxModel, OnnxNode } from '../../onnx/onnx-model.ts';
import { namesReadBy } from '../../onnx/walk.ts';

/** What is left of a node when names, order and the exporter's habits are taken away. */
export interface CanonicalNode {
  /** The operator; all linear layers are one, and so are all means over places. */
  readonly label: string;
  /** Places, in the list, of the nodes it takes values from that depend on the model's inputs; −1 − n for input n. Each once. */
  readonly inputs: readonly number[];
  /** For messages. */
  readonly name: string;
}

/** Copy, rearrange, round or restore what they get: exporters, converters and quantisers add and drop them. */
const TRANSPARENT: ReadonlySet<string> = new Set([
  'Identity', 'Dropout', 'Cast', 'CastLike', 'QuantizeLinear', 'DequantizeLinear', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'BatchNormalization', 'Contiguous',
]);

/** With one side constant they are part of a layer before or after: a bias, a scale, the normalisation of an input. */
const ARITHMETIC: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div']);

const COMMUTATIVE: ReadonlySet<string> = new Set(['Add', 'Mul', 'Max', 'Min', 'Sum', 'And', 'Or', 'Equal']);

const SAME: Readonly<Record<string, string>> = {
  Conv: 'Linear', Gemm: 'Linear', MatMul: 'Linear', ConvInteger: 'Linear', QLinearConv: 'Linear', QLinearMatMul: 'Linear', MatMulInteger: 'Linear', FusedConv: 'Linear',
  GlobalAveragePool: 'Mean', ReduceMean: 'Mean', Sum: 'Add',
};

/** Tells values of only constants from those that depend on the model's inputs, and nothing more of a shape than that it is one. */
const SHAPES: ReadonlySet<string> = new Set(['Shape', 'Size', 'ConstantOfShape', 'Range']);

/**
 * The main graph as a list of what it computes, from its inputs to its outputs, in an order that depends on the structure
 * alone: from the outputs back, the larger part of a node's past first. Constants, what only looks at shapes, and what
 * exporters do differently are left out. Two exports of one network have equal lists; an added branch is an added run.
 */
export function canonicalGraph(model: OnnxModel): readonly CanonicalNode[] {
  const index = indexGraph(inlineFunctions(model).graph);
  const order: OnnxNode[] = index.graph.nodes.slice();
  const live = liveValues(index, order);
  const sizes = new Map<string, number>();
  const entries = new Map(index.graph.inputs.filter(({ name }) => !index.initializers.has(name)).map(({ name }, place) => [name, -1 - place]));

  const liveInputs = (node: OnnxNode): string[] => [...new Set([...namesReadBy(node)].map((name) => passedThrough(index, live, name)).filter((name) => live.has(name)))];
  // Nodes of a valid graph come after what they read, so one pass forward knows the size of every past.
  for (const node of order) {
    const size = 1 + liveInputs(node).reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
    for (const output of node.outputs) sizes.set(output, Math.min(size, Number.MAX_SAFE_INTEGER));
  }

  const nodes: CanonicalNode[] = [];
  const places = new Map<OnnxNode, number>();
  const placeOf = (value: string): number | undefined => entries.get(value) ?? places.get(index.producers.get(value) as OnnxNode);
  for (const output of index.graph.outputs) {
    const stack: { readonly node: OnnxNode; readonly inputs: readonly string[]; next: number }[] = [];
    const visit = (value: string): void => {
      const node = index.producers.get(passedThrough(index, live, value));
      if (node === undefined || places.has(node) || stack.some((one) => one.node === node)) return;
      const inputs = liveInputs(node);
      if (COMMUTATIVE.has(node.opType)) inputs.sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
      stack.push({ node, inputs, next: 0 });
    };
    if (live.has(passedThrough(index, live, output.name))) visit(output.name);
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as (typeof stack)[number];
      const input = top.inputs[top.next];
      top.next += 1;
      if (input !== undefined) {
        visit(input);
        continue;
      }
      stack.pop();
      places.set(top.node, nodes.length);
      nodes.push({
        label: labelOf(top.node),
        inputs: top.inputs.flatMap((name) => placeOf(name) ?? []),
        name: top.node.name === '' ? (top.node.outputs[0] ?? '') : top.node.name,
      });
    }
  }
  return nodes;
}

function labelOf({ domain, opType }: OnnxNode): string {
  const known = domain === '' ? SAME[opType] : undefined;
  return known ?? (domain === '' ? opType : `${domain}.${opType}`);
}

function liveValues(index: GraphIndex, nodes: readonly OnnxNode[]): ReadonlySet<string> {
  const live = new Set(index.graph.inputs.map(({ name }) => name).filter((name) => !index.initializers.has(name)));
  for (const node of nodes) {
    if (isOperator(node, ...SHAPES)) continue;
    for (const name of namesReadBy(node)) {
      if (!live.has(name)) continue;
      for (const output of node.outputs) if (output !== '') live.add(output);
      break;
    }
  }
  return live;
}

/** The value behind copies, changes of shape and constant arithmetic. */
function passedThrough(index: GraphIndex, live: ReadonlySet<string>, name: string): string {
  let value = name;
  for (;;) {
    const node = index.producers.get(value);
    if (node === undefined || node.domain !== '' || node.outputs[0] !== value) return value;
    const inputs = node.inputs.filter((input) => live.has(input));
    const isPassing = TRANSPARENT.has(node.opType) || (ARITHMETIC.has(node.opType) && new Set(inputs).size === 1 && inputs.length === 1);
    if (!isPassing || inputs[0] === undefined) return value;
    value = inputs[0];
  }
}
