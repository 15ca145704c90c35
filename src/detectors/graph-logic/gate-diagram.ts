import type { Diagram, DiagramNode } from '../../model/diagram.ts';
import type { FlatNode } from '../../onnx/flatten-graph.ts';
import { MAX_DIAGRAM_EDGES, MAX_DIAGRAM_LABEL_CHARACTERS, MAX_DIAGRAM_NODES } from '../../report.ts';
import { contentsOf } from './cones.ts';
import { shortName } from './expression.ts';
import type { Facts } from './facts.ts';
import type { Gate } from './find-gates.ts';

/** Boxes kept for inputs, carriers, join and output. */
const RESERVED_NODES = 16;

/** A gate, what it looks at, what it lets in and what it joins, as a flow chart. */
export function gateDiagram(facts: Facts, gate: Gate): Diagram {
  const nodes: DiagramNode[] = [];
  const edges: { readonly from: number; readonly to: number }[] = [];
  const places = new Map<number, number>();
  const box = (node: DiagramNode): number => nodes.push(cut(node)) - 1;
  const decisions = new Set(gate.decisions.map(({ node }) => node));
  // The nearest to the join say most; of a long way the middle is left out.
  const own = gate.own.slice(-(MAX_DIAGRAM_NODES - RESERVED_NODES));

  const source = (id: number): number | undefined => {
    const known = places.get(id);
    if (known !== undefined || nodes.length >= MAX_DIAGRAM_NODES) return known;
    const value = facts.graph.values[id];
    const shape = facts.known[id]?.shape;
    const detail = shape === undefined ? {} : { detail: shape.length === 0 ? 'a number' : shape.join('×') };
    const isSteered = facts.isContent[id] !== true;
    const label = isSteered && facts.known[id]?.array?.data.length === 1 ? String(Number((facts.known[id].array.data[0] ?? 0).toPrecision(4))) : shortName(value?.producer === undefined || isSteered ? (value?.name ?? '?') : value.producer.name);
    const place = box({ kind: isSteered ? 'constant' : value?.isInput === true ? 'input' : gate.carriers.includes(id) ? 'trunk' : 'step', label, ...detail });
    places.set(id, place);
    return place;
  };
  const draw = (node: FlatNode, kind: DiagramNode['kind']): number => {
    const before = node.inputs.flatMap((id, at) => (id === undefined || (facts.isContent[id] !== true && !isTold(facts, gate, node, id, at)) ? [] : [source(id)]));
    const place = box({ kind, label: node.opType === 'Choose' ? 'If' : node.opType, detail: shortName(node.name) });
    for (const from of new Set(before)) if (from !== undefined && from !== place) edges.push({ from, to: place });
    for (const id of node.outputs) places.set(id, place);
    return place;
  };
  for (const node of own) if (nodes.length < MAX_DIAGRAM_NODES - 4) draw(node, decisions.has(node) ? 'decision' : 'step');
  const join = draw(gate.node, 'join');
  if (nodes.length < MAX_DIAGRAM_NODES) edges.push({ from: join, to: box({ kind: 'output', label: reachesOutput(facts, gate.node) ?? 'rest of the network' }) });
  return { title: 'the decision and what it joins', nodes, edges: edges.slice(0, MAX_DIAGRAM_EDGES) };
}

/** Constants that mean something: what is compared with, what is let in. Axes and shapes are left out. */
function isTold(facts: Facts, gate: Gate, node: FlatNode, id: number, at: number): boolean {
  if (gate.patterns.includes(id)) return true;
  return ['Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'Where', 'Choose', 'MatMul', 'Gemm', 'Conv'].includes(node.opType) && at < 3 && facts.known[id] !== undefined;
}

/** The name of the output, where only rearrangements follow. */
function reachesOutput(facts: Facts, node: FlatNode): string | undefined {
  let at: FlatNode | undefined = node;
  for (let step = 0; at !== undefined && step < 8; step += 1) {
    const output: number | undefined = at.outputs.find((id) => facts.graph.outputs.includes(id));
    if (output !== undefined) return shortName(facts.graph.values[output]?.name ?? 'output');
    const next: readonly FlatNode[] = at.outputs.flatMap((id) => facts.consumers[id] ?? []);
    at = next.length === 1 && next[0] !== undefined && contentsOf(facts, next[0]).length === 1 ? next[0] : undefined;
  }
  return undefined;
}

function cut(node: DiagramNode): DiagramNode {
  const short = (text: string): string => (text.length <= MAX_DIAGRAM_LABEL_CHARACTERS ? text : `${text.slice(0, MAX_DIAGRAM_LABEL_CHARACTERS - 1)}…`);
  return { ...node, label: short(node.label), ...(node.detail === undefined ? {} : { detail: short(node.detail) }) };
}
