import type { FlatNode } from '../../onnx/flatten-graph.ts';
import type { NdArray } from './nd-array.ts';

/** Attributes and small constant operands of a node, by whichever of the two an operator set keeps them in. */

export function int(node: FlatNode, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'int' ? Number(attribute.value) : fallback;
}

export function float(node: FlatNode, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'float' ? attribute.value : fallback;
}

export function ints(node: FlatNode, name: string): readonly number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'ints' ? attribute.value.map(Number) : undefined;
}

export function floats(node: FlatNode, name: string): readonly number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'floats' ? attribute.value : undefined;
}

const utf8 = new TextDecoder();

export function text(node: FlatNode, name: string, fallback: string): string {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'string' ? utf8.decode(attribute.value) : fallback;
}

export function isOnnx(node: FlatNode, ...opTypes: readonly string[]): boolean {
  return (node.domain === '' || node.domain === 'ai.onnx') && opTypes.includes(node.opType);
}

/** What is known of an operand: its shape, and its numbers where they are constant and few. */
export interface Known {
  readonly shape?: readonly number[];
  readonly array?: NdArray;
}

/** Numbers that older operator sets keep in an attribute and newer ones in an operand; undefined when there are neither or they are not known. */
export function numbers(node: FlatNode, known: readonly (Known | undefined)[], attribute: string, operand: number): readonly number[] | undefined {
  const given = ints(node, attribute);
  if (given !== undefined) return given;
  const array = known[operand]?.array;
  return array === undefined ? undefined : Array.from(array.data);
}

/** Whether an operand is there at all. */
export function has(node: FlatNode, operand: number): boolean {
  return node.inputs[operand] !== undefined;
}
