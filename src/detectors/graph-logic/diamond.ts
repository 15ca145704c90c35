import type { FlatNode } from '../../onnx/flatten-graph.ts';
import { contentsOf, followed } from './cones.ts';
import type { Facts } from './facts.ts';

/** What lies between a fork and a join. */
export interface Diamond {
  /** Nodes on the gate's side only, in the order of computation. */
  readonly own: readonly FlatNode[];
  /** Nodes on the carriers' side only. */
  readonly around: readonly FlatNode[];
}

const GATE = 1;
const CARRIER = 2;
const BOTH = 3;

/**
 * Walks back from a gate and from what it joins at the same time, the latest node first, and stops where both ways have become
 * one: the cost is that of the diamond, not of the graph. On the carriers' side a narrow operand that joins a wide one is not
 * followed: it can steer the value, but what the value is comes from the other one.
 */
export function diamondOf(facts: Facts, gate: number, carriers: readonly number[], pause: () => void): Diamond {
  const sides = new Map<number, number>();
  const heap: number[] = [];
  let undecided = 0;
  const mark = (id: number, side: number): void => {
    const node = facts.graph.values[id]?.producer;
    if (node === undefined) return;
    const before = sides.get(node.id);
    const after = (before ?? 0) | side;
    if (after === before) return;
    sides.set(node.id, after);
    if (before === undefined) push(heap, node.id);
    // A node is marked before it is taken, because everything that reads it is later.
    if (before === undefined && after !== BOTH) undecided += 1;
    if (before !== undefined && after === BOTH) undecided -= 1;
  };
  mark(gate, GATE);
  for (const id of carriers) mark(id, CARRIER);

  const own: FlatNode[] = [];
  const around: FlatNode[] = [];
  while (undecided > 0) {
    const at = pop(heap);
    const node = at === undefined ? undefined : facts.graph.nodes[at];
    if (node === undefined) break;
    pause();
    const side = sides.get(node.id) ?? BOTH;
    if (side !== BOTH) undecided -= 1;
    if (side === GATE) own.push(node);
    if (side === CARRIER) around.push(node);
    if ((side & GATE) !== 0) for (const id of contentsOf(facts, node)) mark(id, GATE);
    if ((side & CARRIER) !== 0) for (const id of followed(facts, node)) mark(id, CARRIER);
  }
  return { own: own.reverse(), around: around.reverse() };
}

/** A binary heap with the largest number on top. */
function push(heap: number[], value: number): void {
  let at = heap.push(value) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if ((heap[parent] ?? 0) >= value) break;
    heap[at] = heap[parent] ?? 0;
    at = parent;
  }
  heap[at] = value;
}

function pop(heap: number[]): number | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] ?? 0) > (heap[child] ?? 0)) child += 1;
    if ((heap[child] ?? 0) <= last) break;
    heap[at] = heap[child] ?? 0;
    at = child;
  }
  heap[at] = last;
  return top;
}
