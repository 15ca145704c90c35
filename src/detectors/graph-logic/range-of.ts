import type { FlatNode } from '../../onnx/flatten-graph.ts';
import { floatAttribute } from '../../onnx/graph-index.ts';
import type { Facts } from './facts.ts';

type Range = readonly [low: number, high: number];

const ANY: Range = [-Infinity, Infinity];
const SHARE: Range = [0, 1];

const BOUNDED: Readonly<Record<string, Range>> = {
  Sigmoid: SHARE, HardSigmoid: SHARE, Softmax: SHARE, Hardmax: SHARE, Equal: SHARE, Greater: SHARE, GreaterOrEqual: SHARE, Less: SHARE, LessOrEqual: SHARE, And: SHARE, Or: SHARE, Xor: SHARE, Not: SHARE,
  IsNaN: SHARE, IsInf: SHARE, Tanh: [-1, 1], Softsign: [-1, 1], Erf: [-1, 1], Sin: [-1, 1], Cos: [-1, 1], Sign: [-1, 1],
};

const KEEPING: ReadonlySet<string> = new Set([
  'Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Expand', 'Slice', 'Gather', 'ReduceMax', 'ReduceMin', 'ReduceMean', 'MaxPool', 'AveragePool', 'GlobalMaxPool',
  'GlobalAveragePool', 'Tile', 'Concat', 'Max', 'Min',
]);

/**
 * How far apart two values of a gate can be, whatever the input: interval arithmetic over the gate's own nodes. Infinite
 * where nothing bounds it.
 */
export function rangeOf(facts: Facts, own: readonly FlatNode[], value: number): number {
  const ranges = new Map<number, Range>();
  const range = (id: number | undefined): Range => {
    if (id === undefined) return ANY;
    const known = ranges.get(id);
    if (known !== undefined || facts.isContent[id] === true) return known ?? ANY;
    const data = facts.known[id]?.array?.data;
    return data === undefined ? ANY : data.reduce<Range>(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [Infinity, -Infinity]);
  };
  for (const node of own) {
    const result = after(node, node.inputs.map(range));
    for (const id of node.outputs) ranges.set(id, result);
  }
  const [low, high] = range(value);
  return high - low;
}

function after(node: FlatNode, operands: readonly Range[]): Range {
  const bounded = Object.hasOwn(BOUNDED, node.opType) ? BOUNDED[node.opType] : undefined;
  if (bounded !== undefined) return bounded;
  const [a = ANY, b = ANY, c = ANY] = operands;
  // Not a number comes of infinity times nothing, and says nothing.
  const hull = (...values: readonly number[]): Range => (values.some(Number.isNaN) ? ANY : [Math.min(...values), Math.max(...values)]);
  switch (node.opType) {
    case 'Add':
      return hull(a[0] + b[0], a[1] + b[1]);
    case 'Sub':
      return hull(a[0] - b[1], a[1] - b[0]);
    case 'Mul':
      return hull(a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]);
    case 'Div':
      return b[0] > 0 || b[1] < 0 ? hull(a[0] / b[0], a[0] / b[1], a[1] / b[0], a[1] / b[1]) : ANY;
    case 'Neg':
      return hull(-a[0], -a[1]);
    case 'Relu':
      return hull(Math.max(0, a[0]), Math.max(0, a[1]));
    case 'Exp':
      return hull(Math.exp(a[0]), Math.exp(a[1]));
    case 'Clip': {
      const low = node.inputs[1] === undefined ? floatAttribute(node, 'min', -Infinity) : b[0];
      const high = node.inputs[2] === undefined ? floatAttribute(node, 'max', Infinity) : c[1];
      return hull(Math.max(a[0], low), Math.min(a[1], high));
    }
    case 'Where':
    case 'Choose':
      return hull(...b, ...c);
    default:
      return KEEPING.has(node.opType) ? hull(...(node.opType === 'Gather' || node.opType === 'Slice' || node.opType === 'Reshape' ? a : operands.flat())) : ANY;
  }
}
