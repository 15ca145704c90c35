import { GateError } from '../errors.ts';
import { attribute } from '../onnx/build.ts';
import type { OnnxAttribute, OnnxNode } from '../onnx/onnx-model.ts';

/** What a rule may ask and emit. Emitted nodes are appended in order, so a rule may use what it emitted before. */
export interface RuleContext {
  /** Opset of the ai.onnx domain the graph is written in; at least 18, so axes of reductions are inputs. */
  readonly opset: number;
  /** Static shape of a value of the forward graph; throws `format/unsupported` when it has none. */
  shapeOf(value: string): readonly number[];
  /** Values of a constant (initializer or Constant node) as numbers; undefined when it is computed. */
  constantOf(value: string): Promise<Float32Array | Float64Array | undefined>;
  /** Whether anybody asked for the gradient with respect to this value or something before it. */
  isWanted(value: string): boolean;
  /** Appends a node of the ai.onnx domain and returns its (first) output. */
  emit(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
  /** Appends a node with several outputs. */
  emitMany(opType: string, inputs: readonly string[], outputCount: number, attributes?: Readonly<Record<string, OnnxAttribute>>): readonly string[];
  /** A float32 constant; a scalar when `dims` is empty. */
  floats(values: readonly number[] | Float32Array, dims?: readonly number[]): string;
  /** A one-dimensional int64 constant. */
  ints(values: readonly number[]): string;
  /** An int64 constant of any shape. */
  int64s(values: readonly number[], dims: readonly number[]): string;
  /** Name of an optional output of a forward node (the indices of a MaxPool), which is added to it when it lacks it. */
  extraOutput(node: OnnxNode, index: number): string;
}

/**
 * The vector–Jacobian product of one operator. `cotangents[i]` is the gradient of the loss with respect to output i
 * (undefined when the loss does not depend on it); the answer has one entry an input, undefined for none.
 */
export type GradientRule = (
  node: OnnxNode,
  cotangents: readonly (string | undefined)[],
  context: RuleContext,
) => Promise<readonly (string | undefined)[]>;

export type RuleTable = Readonly<Record<string, GradientRule>>;

/** The first output's cotangent: what almost every rule starts from. */
export function only(cotangents: readonly (string | undefined)[]): string {
  const [first] = cotangents;
  if (first === undefined) throw new Error('a rule was called without a cotangent of its first output');
  return first;
}

export function inputOf(node: OnnxNode, index: number): string {
  const name = node.inputs[index];
  if (name === undefined || name === '') throw unsupported(node, `input ${index} is missing`);
  return name;
}

export function hasInput(node: OnnxNode, index: number): boolean {
  return (node.inputs[index] ?? '') !== '';
}

export function unsupported(node: OnnxNode, why: string): GateError {
  return new GateError({
    code: 'format/unsupported',
    message: `No gradient for operator ${node.domain === '' ? '' : `${node.domain}.`}${node.opType}${node.name === '' ? '' : ` (node ${node.name})`}: ${why}.`,
    where: { field: node.name === '' ? node.opType : node.name },
  });
}

export function intAttribute(node: OnnxNode, name: string, fallback: number): number {
  const found = node.attributes.get(name);
  return found?.type === 'int' ? Number(found.value) : fallback;
}

export function intsAttribute(node: OnnxNode, name: string): readonly number[] | undefined {
  const found = node.attributes.get(name);
  return found?.type === 'ints' ? found.value.map(Number) : undefined;
}

export function floatAttribute(node: OnnxNode, name: string, fallback: number): number {
  const found = node.attributes.get(name);
  return found?.type === 'float' ? found.value : fallback;
}

export function stringAttribute(node: OnnxNode, name: string, fallback: string): string {
  const found = node.attributes.get(name);
  return found?.type === 'string' ? new TextDecoder().decode(found.value) : fallback;
}

/** Sum over the axes along which `shape` was broadcast to `wide`, so that the result has `shape` again. */
export function sumToShape(context: RuleContext, value: string, wide: readonly number[], shape: readonly number[]): string {
  const extra = wide.length - shape.length;
  const axes = wide.flatMap((size, axis) => (axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : []));
  if (axes.length === 0) return value;
  const summed = reduceSum(context, value, axes, false);
  return context.emit('Reshape', [summed, context.ints(shape)]);
}

export function reduceSum(context: RuleContext, value: string, axes: readonly number[], keepdims: boolean): string {
  // Without axes the operator would sum over all of them.
  if (axes.length === 0) return value;
  return context.emit('ReduceSum', [value, context.ints(axes)], { keepdims: attribute.int(keepdims ? 1 : 0) });
}

/** The value in another shape of as many elements; itself when it has that shape already. */
export function reshape(context: RuleContext, value: string, from: readonly number[], to: readonly number[]): string {
  return isSameShape(from, to) ? value : context.emit('Reshape', [value, context.ints(to)]);
}

export function transpose(context: RuleContext, value: string, order: readonly number[]): string {
  return order.every((axis, place) => axis === place) ? value : context.emit('Transpose', [value], { perm: attribute.ints(order) });
}

/** 1 where a condition holds, else 0. */
export function asFloat(context: RuleContext, condition: string): string {
  return context.emit('Cast', [condition], { to: attribute.int(1) });
}

export function isSameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((size, axis) => size === right[axis]);
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** An axis counted from the front. */
export function axisOf(given: number, rank: number): number {
  return given < 0 ? given + rank : given;
}

/** A constant input as plain numbers; throws `format/unsupported` when it is computed. */
export async function constantNumbers(node: OnnxNode, index: number, context: RuleContext): Promise<readonly number[]> {
  const values = await context.constantOf(inputOf(node, index));
  if (values === undefined) throw unsupported(node, `input ${index} is computed from the data`);
  return Array.from(values);
}

export function outputOf(node: OnnxNode, index = 0): string {
  return node.outputs[index] ?? '';
}
