import type { FlatNode } from '../../../onnx/flatten-graph.ts';
import { intAttribute } from '../../../onnx/graph-index.ts';
import { aroundAxis, gathered, normalAxis, sizeOf, stridesOf, type NdArray } from '../nd-array.ts';
import { numbers } from '../node-reading.ts';

const sum = (values: Float64Array): number => values.reduce((total, x) => total + x, 0);
const largest = (values: Float64Array): number => values.reduce((best, x) => Math.max(best, x), -Infinity);

const REDUCTIONS: Readonly<Record<string, (values: Float64Array) => number>> = {
  ReduceSum: sum, ReduceMean: (values) => sum(values) / values.length, ReduceMax: largest, ReduceMin: (values) => values.reduce((best, x) => Math.min(best, x), Infinity),
  ReduceProd: (values) => values.reduce((product, x) => product * x, 1), ReduceL1: (values) => sum(values.map(Math.abs)),
  ReduceL2: (values) => Math.sqrt(sum(values.map((x) => x * x))), ReduceSumSquare: (values) => sum(values.map((x) => x * x)),
  ReduceLogSum: (values) => Math.log(sum(values)),
  ReduceLogSumExp: (values) => { const top = largest(values); return top + Math.log(sum(values.map((x) => Math.exp(x - top)))); },
};

/** A Reduce… operator; axes from attribute or operand. */
export function reduction(node: FlatNode, operands: readonly (NdArray | undefined)[], shape: readonly number[]): NdArray | undefined {
  const [source] = operands;
  const calculate = Object.hasOwn(REDUCTIONS, node.opType) ? REDUCTIONS[node.opType] : undefined;
  if (source === undefined || calculate === undefined) return undefined;
  const rank = source.shape.length;
  const known = operands.map((array) => (array === undefined ? undefined : { shape: array.shape, array }));
  const given = numbers(node, known, 'axes', 1) ?? [];
  if (given.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) !== 0) return source;
  const axes = new Set(given.length === 0 ? source.shape.map((_, axis) => axis) : given.map((axis) => normalAxis(axis, rank)));
  const kept = source.shape.map((_, axis) => axis).filter((axis) => !axes.has(axis));
  const order = [...kept, ...axes];
  const strides = stridesOf(source.shape);
  const moved = gathered(source, order.map((axis) => source.shape[axis] ?? 1), order.map((axis) => strides[axis] ?? 0));
  const run = sizeOf([...axes].map((axis) => source.shape[axis] ?? 1));
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, at) => calculate(moved.data.subarray(at * run, (at + 1) * run))) };
}

/** Applies a function of numbers to every line along an axis; it writes into the line it is given. */
export function alongAxis(source: NdArray, axis: number, change: (line: Float64Array) => void): NdArray {
  const [outer, length, inner] = aroundAxis(source.shape, axis);
  const data = source.data.slice();
  const line = new Float64Array(length);
  for (let block = 0; block < outer; block += 1) {
    for (let place = 0; place < inner; place += 1) {
      const start = block * length * inner + place;
      for (let at = 0; at < length; at += 1) line[at] = data[start + at * inner] ?? NaN;
      change(line);
      for (let at = 0; at < length; at += 1) data[start + at * inner] = line[at] ?? NaN;
    }
  }
  return { shape: source.shape, data };
}

export function softmax(node: FlatNode, source: NdArray, opset: number): NdArray {
  const fallback = opset < 13 ? 1 : -1;
  return alongAxis(source, normalAxis(intAttribute(node, 'axis', fallback), source.shape.length), (line) => {
    const top = largest(line);
    const total = line.reduce((whole, x) => whole + Math.exp(x - top), 0);
    const isFirst = line.indexOf(top);
    for (let at = 0; at < line.length; at += 1) {
      const shifted = (line[at] ?? NaN) - top;
      line[at] = node.opType === 'LogSoftmax' ? shifted - Math.log(total) : node.opType === 'Hardmax' ? (at === isFirst ? 1 : 0) : Math.exp(shifted) / total;
    }
  });
}

export function cumulative(node: FlatNode, source: NdArray, axis: number): NdArray {
  return alongAxis(source, normalAxis(axis, source.shape.length), (line) => {
    if (intAttribute(node, 'reverse', 0) !== 0) line.reverse();
    let total = 0;
    for (let at = 0; at < line.length; at += 1) {
      const own = line[at] ?? 0;
      line[at] = intAttribute(node, 'exclusive', 0) !== 0 ? total : total + own;
      total += own;
    }
    if (intAttribute(node, 'reverse', 0) !== 0) line.reverse();
  });
}

/** ArgMax and ArgMin. */
export function argument(node: FlatNode, source: NdArray, shape: readonly number[]): NdArray {
  const [outer, length, inner] = aroundAxis(source.shape, normalAxis(intAttribute(node, 'axis', 0), source.shape.length));
  const sign = node.opType === 'ArgMin' ? -1 : 1;
  const data = new Float64Array(outer * inner);
  for (let block = 0; block < outer; block += 1) {
    for (let place = 0; place < inner; place += 1) {
      let best = 0;
      for (let at = 1; at < length; at += 1) {
        const value = (step: number): number => sign * (source.data[(block * length + step) * inner + place] ?? NaN);
        if (value(at) > value(best)) best = at;
      }
      data[block * inner + place] = best;
    }
  }
  return { shape, data };
}

/** Values and indexes of the k largest (or smallest) along an axis. */
export function topK(node: FlatNode, source: NdArray, shape: readonly number[]): readonly NdArray[] {
  const axis = normalAxis(intAttribute(node, 'axis', -1), source.shape.length);
  const [outer, length, inner] = aroundAxis(source.shape, axis);
  const k = shape[axis] ?? 1;
  const sign = intAttribute(node, 'largest', 1) === 0 ? -1 : 1;
  const values = new Float64Array(sizeOf(shape));
  const indexes = new Float64Array(sizeOf(shape));
  for (let block = 0; block < outer; block += 1) {
    for (let place = 0; place < inner; place += 1) {
      const value = (at: number): number => source.data[(block * length + at) * inner + place] ?? NaN;
      const order = Array.from({ length }, (_, at) => at).sort((a, b) => sign * (value(b) - value(a)) || a - b);
      for (const [rank, at] of order.slice(0, k).entries()) {
        const target = (block * k + rank) * inner + place;
        values[target] = value(at);
        indexes[target] = at;
      }
    }
  }
  return [{ shape, data: values }, { shape, data: indexes }];
}
