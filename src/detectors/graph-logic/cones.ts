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

/**
 * Nodes that a value's content comes from. With `skipNarrow`, a narrow operand that joins a wide one is not followed: it
 * can steer the value, but what the value is comes from the other one.
 */
export function coneOf(facts: Facts, values: readonly number[], skipNarrow: boolean): ReadonlySet<FlatNode> {
  const found = new Set<FlatNode>();
  const open = [...values];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = facts.graph.values[id]?.producer;
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    const contents = contentsOf(facts, node);
    const isMixed = skipNarrow && contents.some((one) => !isNarrow(facts, one));
    for (const one of contents) if (!isMixed || !isNarrow(facts, one)) open.push(one);
  }
  return found;
}

/** The operands of a node that depend on the inputs, each once. */
export function contentsOf(facts: Facts, node: FlatNode): readonly number[] {
  return [...new Set(node.inputs)].filter((id): id is number => id !== undefined && facts.isContent[id] === true);
}

export function without(nodes: ReadonlySet<FlatNode>, others: ReadonlySet<FlatNode>): FlatNode[] {
  return [...nodes].filter((node) => !others.has(node)).sort((a, b) => a.id - b.id);
}

export function learnedIn(facts: Facts, nodes: Iterable<FlatNode>): number {
  let bits = 0;
  for (const node of nodes) bits += facts.learned[node.id] ?? 0;
  return bits;
}
