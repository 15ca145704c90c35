import type { FlatNode } from '../../onnx/flatten-graph.ts';
import { intsAttribute } from '../../onnx/graph-index.ts';
import type { NdArray } from './nd-array.ts';

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
  const given = intsAttribute(node, attribute);
  if (given !== undefined) return given;
  const array = known[operand]?.array;
  return array === undefined ? undefined : Array.from(array.data);
}

/** Whether an operand is there at all. */
export function has(node: FlatNode, operand: number): boolean {
  return node.inputs[operand] !== undefined;
}
