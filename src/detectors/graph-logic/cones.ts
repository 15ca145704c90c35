import type { FlatNode } from '../../onnx/flatten-graph.ts';
import type { Facts } from './facts.ts';

/** Numbers a gate may be made of: beyond, it is no longer one decision about the whole input. */
const MAX_GATE_WIDTH = 32;

/** Share of the input's numbers that a gate may have: a mask has one an element, a gate one or a few for all. */
const MAX_GATE_SHARE = 0.5;

/** All that the value says of the inputs fits into a few numbers, far fewer than the inputs have. */
export function isNarrow(facts: Facts, value: number): boolean {
  const width = facts.width[value] ?? Infinity;
  return facts.isContent[value] === true && width <= MAX_GATE_WIDTH * facts.batch && width <= MAX_GATE_SHARE * (facts.inputSize[value] ?? 0);
}

/** Nodes that the content of some values comes from, in the order of computation. */
export function coneOf(facts: Facts, values: readonly number[]): readonly FlatNode[] {
  const found = new Set<FlatNode>();
  const open = [...values];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = facts.graph.values[id]?.producer;
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    open.push(...contentsOf(facts, node));
  }
  return [...found].sort((a, b) => a.id - b.id);
}

/** Operands that make up what a node's result is: all that depend on the inputs, but for narrow ones that join a wide one. */
export function followed(facts: Facts, node: FlatNode): readonly number[] {
  const contents = contentsOf(facts, node);
  return contents.some((id) => !isNarrow(facts, id)) ? contents.filter((id) => !isNarrow(facts, id)) : contents;
}

/** The operands of a node that depend on the inputs, each once. */
export function contentsOf(facts: Facts, node: FlatNode): readonly number[] {
  return [...new Set(node.inputs)].filter((id): id is number => id !== undefined && facts.isContent[id] === true);
}

export function learnedIn(facts: Facts, nodes: Iterable<FlatNode>): number {
  let bits = 0;
  for (const node of nodes) bits += facts.learned[node.id] ?? 0;
  return bits;
}
