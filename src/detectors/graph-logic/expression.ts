import type { FlatNode } from '../../onnx/flatten-graph.ts';
import { coneOf, contentsOf } from './cones.ts';
import type { Facts } from './facts.ts';
import type { Gate } from './find-gates.ts';

/** A formula of a few lines; what is beyond is an ellipsis. */
const MAX_CHARACTERS = 600;
const MAX_DEPTH = 24;

/** Numbers of a constant that are written out. */
const MAX_NUMBERS = 4;

/** Names are the file's; longer ones are cut so that one name cannot fill the line. */
const MAX_NAME_CHARACTERS = 40;

const INFIX: Readonly<Record<string, string>> = {
  Add: '+', Sub: '−', Mul: '·', Div: '/', Pow: '^', Mod: 'mod', Equal: '==', Greater: '>', GreaterOrEqual: '>=', Less: '<', LessOrEqual: '<=', And: 'and', Or: 'or', Xor: 'xor',
};

/** Say nothing about the numbers: left out of the formula. */
const SILENT: ReadonlySet<string> = new Set(['Identity', 'Cast', 'Unsqueeze', 'Squeeze', 'Reshape', 'Flatten', 'Transpose', 'Expand']);

/**
 * The gate as a formula, from the input to where it joins: `logits = Gemm + Where(ReduceMin(image[…]) > 0.95) · row[1, 10]`.
 * The network's own part is written as the node that makes it.
 */
export function describeGate(facts: Facts, gate: Gate): string {
  const own = new Set(gate.own);
  const carried = new Set(gate.carriers);
  let left = MAX_CHARACTERS;
  const spend = (text: string): string => {
    left -= text.length;
    return text;
  };

  const value = (id: number | undefined, depth: number, inner: boolean): string => {
    if (id === undefined) return '';
    if (left <= 0 || depth > MAX_DEPTH) return '…';
    const node = facts.graph.values[id]?.producer;
    if (facts.isContent[id] !== true) return spend(constant(facts, id));
    if (node === undefined || carried.has(id) || !own.has(node)) return spend(node === undefined ? shortName(facts.graph.values[id]?.name ?? '?') : `⟨${shortName(node.name)}⟩`);
    return written(node, depth, inner);
  };
  const written = (node: FlatNode, depth: number, inner: boolean): string => {
    const [first, second] = node.inputs;
    if (SILENT.has(node.opType)) return value(first, depth + 1, inner);
    const sign = Object.hasOwn(INFIX, node.opType) ? INFIX[node.opType] : undefined;
    if (sign !== undefined && node.inputs.length === 2) {
      const text = `${value(first, depth + 1, true)} ${spend(sign)} ${value(second, depth + 1, true)}`;
      return inner ? `(${text})` : text;
    }
    if (node.opType === 'Slice') return `${value(first, depth + 1, true)}${spend(placeOf(facts, node))}`;
    if (node.opType === 'Choose') return `${spend('if')} ${value(first, depth + 1, true)} ${spend('then')} ${value(second, depth + 1, true)} ${spend('else')} ${value(node.inputs[2], depth + 1, true)}`;
    const shown = node.inputs.filter((id, at) => id !== undefined && (at === 0 || !isPlace(node, at))).map((id) => value(id, depth + 1, false));
    return `${spend(node.opType)}(${shown.join(', ')})`;
  };

  const shape = gate.node.outputs[0];
  const target = shape === undefined ? 'output' : shortName(facts.graph.values[shape]?.name ?? 'output');
  own.add(gate.node);
  const text = written(gate.node, 0, false);
  return `${target} = ${text}`;
}

/** Operands that say where: told in brackets instead. */
function isPlace(node: FlatNode, at: number): boolean {
  return at > 0 && (node.opType === 'Slice' || node.opType.startsWith('Reduce') || node.opType === 'Pad' || node.opType === 'TopK' || node.opType === 'CumSum');
}

/** What a Slice picks, axis by axis. */
function placeOf(facts: Facts, node: FlatNode): string {
  const [starts, ends] = [1, 2].map((at) => facts.known[node.inputs[at] ?? -1]?.array?.data);
  if (starts === undefined || ends === undefined || starts.length > MAX_NUMBERS) return '[…]';
  const end = (value: number): string => (Math.abs(value) > 1e9 ? '' : String(value));
  return `[${Array.from(starts, (start, at) => `${start}:${end(ends[at] ?? 0)}`).join(', ')}]`;
}

function constant(facts: Facts, id: number): string {
  const known = facts.known[id];
  const name = shortName(facts.graph.values[id]?.name ?? '?');
  if (known?.array !== undefined && known.array.data.length <= MAX_NUMBERS) {
    const numbers = Array.from(known.array.data, (one) => String(Number(one.toPrecision(4))));
    return numbers.length === 1 ? (numbers[0] ?? '') : `[${numbers.join(', ')}]`;
  }
  return known?.shape === undefined ? name : `${name}[${known.shape.join('×')}]`;
}

/** Control characters of a file's name would move the cursor or break the line wherever it is shown. */
export function shortName(name: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return plain.length <= MAX_NAME_CHARACTERS ? plain : `${plain.slice(0, MAX_NAME_CHARACTERS - 1)}…`;
}

/** What a gate rests on, without the steps that only rearrange; for sentences. */
export function decisionNames(gate: Gate): string {
  const names = [...new Set(gate.decisions.map(({ node }) => (node.opType === 'Choose' ? 'If' : node.opType)))];
  return names.slice(0, 6).join(', ');
}

/** Names of the nodes of a gate, decisions first. */
export function nodeNames(gate: Gate, limit: number): readonly string[] {
  const order = [...gate.decisions.map(({ node }) => node), ...gate.own];
  return [...new Set(order.map(({ name }) => shortName(name)))].slice(0, limit);
}

/** Inputs of the graph that a gate looks at. */
export function inputNames(facts: Facts, gate: Gate): readonly string[] {
  const names = coneOf(facts, [gate.value]).flatMap((node) => contentsOf(facts, node)).filter((id) => facts.graph.values[id]?.isInput === true).map((id) => shortName(facts.graph.values[id]?.name ?? '?'));
  return [...new Set(names)];
}
