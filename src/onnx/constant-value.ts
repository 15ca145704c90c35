import { elementCountOf } from './data-type.ts';
import { intAttribute, intsAttribute, isOperator, type GraphIndex } from './graph-index.ts';
import type { OnnxNode, OnnxTensor } from './onnx-model.ts';
import { tensorValues } from './tensor-values.ts';

/** A value of the graph that does not depend on its inputs, computed. */
export interface ConstantValue {
  /** Name of the tensor the numbers come from (before transposing, dequantising ...). */
  readonly origin: string;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array | Float64Array;
}

/** Nodes evaluated for one value; exporters need three or four. Bounds depth and, as nodes take several constants, breadth. */
const MAX_NODES = 32;

interface Budget {
  nodes: number;
  readonly elements: number;
}

/** Elements of one constant that is worth computing: a head of 32,768 classes by 4,096 features. */
const MAX_ELEMENTS = 134_217_728;

/**
 * The numbers behind a value: an initializer, a Constant node, or one of them behind Identity, Cast, Transpose, Reshape,
 * Flatten, Squeeze, Unsqueeze or DequantizeLinear. Undefined for everything else. An initializer that is a graph input as
 * well counts with its own numbers, because before IR version 4 all of them were. Larger tensors than `maxElements` count as none.
 */
export async function constantValue(index: GraphIndex, name: string, maxElements = MAX_ELEMENTS): Promise<ConstantValue | undefined> {
  return evaluate(index, name, { nodes: MAX_NODES, elements: maxElements });
}

async function evaluate(index: GraphIndex, name: string, budget: Budget): Promise<ConstantValue | undefined> {
  if (budget.nodes-- <= 0 || name === '') return undefined;
  const initializer = index.initializers.get(name);
  if (initializer !== undefined) return fromTensor(initializer, name, budget);
  const node = index.producers.get(name);
  if (node === undefined) return undefined;
  if (isOperator(node, 'Constant')) return fromConstant(node, name, budget);
  if (!isOperator(node, 'Identity', 'Cast', 'Transpose', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'DequantizeLinear')) return undefined;
  const source = await evaluate(index, node.inputs[0] ?? '', budget);
  if (source === undefined) return undefined;
  switch (node.opType) {
    case 'Identity':
      return source;
    case 'Cast':
      return isFloatCast(node) ? source : undefined;
    case 'Transpose':
      return transposed(source, intsAttribute(node, 'perm'));
    case 'DequantizeLinear':
      return dequantized(index, node, source, budget);
    default:
      return reshaped(index, node, source, budget);
  }
}

/** To float, float16, double or bfloat16: a cast between them keeps the numbers as far as a detector cares. */
export function isFloatCast(node: OnnxNode): boolean {
  return isOperator(node, 'Cast') && [1, 10, 11, 16].includes(intAttribute(node, 'to', 0));
}

async function fromTensor(tensor: OnnxTensor, origin: string, { elements }: Budget): Promise<ConstantValue | undefined> {
  if (tensor.dataType === 'string' || tensor.dataType.startsWith('complex')) return undefined;
  const count = elementCountOf(tensor.dims);
  if (count === undefined || count > elements) return undefined;
  return { origin, shape: tensor.dims, values: await tensorValues(tensor) };
}

async function fromConstant(node: OnnxNode, origin: string, budget: Budget): Promise<ConstantValue | undefined> {
  for (const attribute of node.attributes.values()) {
    switch (attribute.type) {
      case 'tensor':
        return fromTensor(attribute.value, origin, budget);
      case 'float':
        return { origin, shape: [], values: Float32Array.of(attribute.value) };
      case 'int':
        return { origin, shape: [], values: Float64Array.of(Number(attribute.value)) };
      case 'floats':
        return { origin, shape: [attribute.value.length], values: Float32Array.from(attribute.value) };
      case 'ints':
        return { origin, shape: [attribute.value.length], values: Float64Array.from(attribute.value, Number) };
      default:
    }
  }
  return undefined;
}

/** Permutes the axes; without `perm` they are reversed. */
export function transposed(source: ConstantValue, perm: readonly number[] | undefined): ConstantValue | undefined {
  const rank = source.shape.length;
  const order = perm ?? source.shape.map((_, axis) => rank - 1 - axis);
  if (order.length !== rank || new Set(order).size !== rank || order.some((axis) => axis < 0 || axis >= rank)) return undefined;
  const strides = source.shape.map((_, axis) => source.shape.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const shape = order.map((axis) => source.shape[axis] ?? 0);
  const steps = order.map((axis) => strides[axis] ?? 0);
  const values = source.values.slice();
  const position = new Array<number>(rank).fill(0);
  let from = 0;
  for (let at = 0; at < values.length; at++) {
    values[at] = source.values[from] ?? NaN;
    // Counts `position` up by one, last axis fastest, and moves `from` along.
    for (let axis = rank - 1; axis >= 0; axis--) {
      const next = (position[axis] ?? 0) + 1;
      from += steps[axis] ?? 0;
      if (next < (shape[axis] ?? 0)) {
        position[axis] = next;
        break;
      }
      from -= next * (steps[axis] ?? 0);
      position[axis] = 0;
    }
  }
  return { origin: source.origin, shape, values };
}

async function reshaped(index: GraphIndex, node: OnnxNode, source: ConstantValue, budget: Budget): Promise<ConstantValue | undefined> {
  const shape = await shapeAfter(index, node, source.shape, budget);
  if (shape === undefined || elementCountOf(shape) !== source.values.length) return undefined;
  return { ...source, shape };
}

async function shapeAfter(index: GraphIndex, node: OnnxNode, shape: readonly number[], budget: Budget): Promise<readonly number[] | undefined> {
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (node.opType === 'Flatten') {
    const axis = intAttribute(node, 'axis', 1);
    const rows = shape.slice(0, axis < 0 ? shape.length + axis : axis).reduce((product, dim) => product * dim, 1);
    return [rows, rows === 0 ? 0 : count / rows];
  }
  const second = node.inputs[1] === undefined ? undefined : await evaluate(index, node.inputs[1], budget);
  const numbers = second === undefined ? undefined : Array.from(second.values);
  if (node.opType === 'Reshape') {
    const wanted = numbers ?? intsAttribute(node, 'shape');
    if (wanted === undefined) return undefined;
    const kept = wanted.map((dim, axis) => (dim === 0 && intAttribute(node, 'allowzero', 0) === 0 ? (shape[axis] ?? -2) : dim));
    const known = kept.filter((dim) => dim !== -1).reduce((product, dim) => product * dim, 1);
    return kept.map((dim) => (dim === -1 ? count / known : dim));
  }
  const axes = numbers ?? intsAttribute(node, 'axes');
  if (node.opType === 'Squeeze') {
    const gone = axes?.map((axis) => (axis < 0 ? axis + shape.length : axis));
    return shape.filter((dim, axis) => (gone === undefined ? dim !== 1 : !gone.includes(axis)));
  }
  if (axes === undefined) return undefined;
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  const rest = [...shape];
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? 1)));
}

/** (x − zero point) · scale of the element at a position of the tensor. */
export type Dequantizer = (value: number, position: number) => number;

async function dequantized(index: GraphIndex, node: OnnxNode, source: ConstantValue, budget: Budget): Promise<ConstantValue | undefined> {
  const dequantize = await dequantizer(index, node, source.shape, budget);
  return dequantize === undefined ? undefined : { ...source, values: Float32Array.from(source.values, dequantize) };
}

/** What a DequantizeLinear does to a tensor of a shape, with one scale for all or one a slice along `axis`. Blocked quantisation is left alone. */
export async function dequantizer(index: GraphIndex, node: OnnxNode, shape: readonly number[], budget: Budget = { nodes: MAX_NODES, elements: MAX_ELEMENTS }): Promise<Dequantizer | undefined> {
  if (intAttribute(node, 'block_size', 0) !== 0) return undefined;
  const scale = await evaluate(index, node.inputs[1] ?? '', budget);
  const hasZero = node.inputs[2] !== undefined && node.inputs[2] !== '';
  const zero = hasZero ? await evaluate(index, node.inputs[2] ?? '', budget) : undefined;
  if (scale === undefined || (hasZero && zero === undefined)) return undefined;
  const axis = intAttribute(node, 'axis', 1);
  const at = axis < 0 ? axis + shape.length : axis;
  const slices = scale.values.length === 1 ? 1 : (shape[at] ?? 0);
  if (scale.values.length !== slices || (zero !== undefined && zero.values.length !== 1 && zero.values.length !== slices)) return undefined;
  const inner = shape.slice(at + 1).reduce((product, dim) => product * dim, 1);
  return (value, position) => {
    const slice = slices === 1 ? 0 : Math.floor(position / inner) % slices;
    const offset = zero === undefined ? 0 : (zero.values[zero.values.length === 1 ? 0 : slice] ?? 0);
    return (value - offset) * (scale.values[slice] ?? NaN);
  };
}
