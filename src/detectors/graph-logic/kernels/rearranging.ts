import type { FlatNode } from '../../../onnx/flatten-graph.ts';
import { intAttribute, intsAttribute, textAttribute } from '../../../onnx/graph-index.ts';
import { aroundAxis, broadcastTo, gathered, ndArray, normalAxis, placesOf, sizeOf, stridesOf, type NdArray } from '../nd-array.ts';
import { numbers, type Known } from '../node-reading.ts';
import { sliceOf } from '../shape-rules.ts';

type Operands = readonly (NdArray | undefined)[];

const knownOf = (operands: Operands): readonly (Known | undefined)[] => operands.map((array) => (array === undefined ? undefined : { shape: array.shape, array }));

/** Operators that move numbers and compute none; undefined for others and where an operand that says how is missing. */
export function rearranged(node: FlatNode, operands: Operands, shapes: readonly (readonly number[] | undefined)[]): readonly NdArray[] | undefined {
  const [source] = operands;
  const [shape] = shapes;
  if (source === undefined || shape === undefined) return undefined;
  const one = (array: NdArray | undefined): readonly NdArray[] | undefined => (array === undefined ? undefined : [array]);
  switch (node.opType) {
    case 'Reshape':
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
      return sizeOf(shape) === source.data.length ? [{ shape, data: source.data }] : undefined;
    case 'Transpose': {
      const strides = stridesOf(source.shape);
      const perm = intsAttribute(node, 'perm') ?? source.shape.map((_, axis) => source.shape.length - 1 - axis);
      return [gathered(source, shape, perm.map((axis) => strides[axis] ?? 0))];
    }
    case 'Expand':
      return [broadcastTo(source, shape)];
    case 'Slice':
      return one(slice(node, operands));
    case 'Split':
      return split(node, source, shapes);
    case 'Concat':
      return one(concat(node, operands, shape));
    case 'Gather':
      return one(gather(node, operands, shape));
    case 'ArrayFeatureExtractor':
      return operands[1] === undefined ? undefined : [gatherAlong(source, operands[1], source.shape.length - 1, shape)];
    case 'GatherElements':
      return one(gatherElements(node, operands, shape));
    case 'GatherND':
      return one(gatherNd(node, operands, shape));
    case 'Tile': {
      const strides = stridesOf(source.shape);
      const target = stridesOf(shape);
      return [{ shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, at) => source.data[shape.reduce((place, dim, axis) => place + ((Math.floor(at / (target[axis] ?? 1)) % dim) % (source.shape[axis] ?? 1)) * (strides[axis] ?? 0), 0)] ?? NaN) }];
    }
    case 'Pad':
      return one(pad(node, operands, shape));
    case 'Resize':
    case 'Upsample':
      return one(nearest(source, shape));
    case 'ScatterND':
      return one(scatterNd(operands));
    case 'ScatterElements':
    case 'Scatter':
      return one(scatterElements(node, operands));
    case 'Slice1':
      return [{ shape, data: source.data.slice(0, sizeOf(shape)) }];
    default:
      return undefined;
  }
}

function slice(node: FlatNode, operands: Operands): NdArray | undefined {
  const [source] = operands;
  const part = sliceOf(node, knownOf(operands));
  if (source === undefined || part === undefined) return undefined;
  const strides = stridesOf(source.shape);
  const base = part.starts.reduce((place, start, axis) => place + start * (strides[axis] ?? 0), 0);
  return gathered(source, part.shape, part.steps.map((step, axis) => step * (strides[axis] ?? 0)), base);
}

function split(node: FlatNode, source: NdArray, shapes: readonly (readonly number[] | undefined)[]): readonly NdArray[] | undefined {
  const axis = normalAxis(intAttribute(node, 'axis', 0), source.shape.length);
  const strides = stridesOf(source.shape);
  let start = 0;
  const parts: NdArray[] = [];
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    parts.push(gathered(source, shape, strides, start * (strides[axis] ?? 0)));
    start += shape[axis] ?? 0;
  }
  return parts;
}

function concat(node: FlatNode, operands: Operands, shape: readonly number[]): NdArray | undefined {
  const axis = normalAxis(intAttribute(node, 'axis', 0), shape.length);
  const strides = stridesOf(shape);
  const data = new Float64Array(sizeOf(shape));
  let start = 0;
  for (const operand of operands) {
    if (operand === undefined) return undefined;
    let at = 0;
    for (const place of placesOf(operand.shape, strides, start * (strides[axis] ?? 0))) data[place] = operand.data[at++] ?? NaN;
    start += operand.shape[axis] ?? 0;
  }
  return { shape, data };
}

function gather(node: FlatNode, [source, index]: Operands, shape: readonly number[]): NdArray | undefined {
  if (source === undefined || index === undefined) return undefined;
  return gatherAlong(source, index, normalAxis(intAttribute(node, 'axis', 0), source.shape.length), shape);
}

function gatherAlong(source: NdArray, index: NdArray, axis: number, shape: readonly number[]): NdArray {
  const [outer, length, inner] = aroundAxis(source.shape, axis);
  const data = new Float64Array(sizeOf(shape));
  let target = 0;
  for (let block = 0; block < outer; block += 1) {
    for (const chosen of index.data) {
      const start = (block * length + normalAxis(chosen, length)) * inner;
      for (let at = 0; at < inner; at += 1) data[target++] = source.data[start + at] ?? NaN;
    }
  }
  return { shape, data };
}

function gatherElements(node: FlatNode, [source, index]: Operands, shape: readonly number[]): NdArray | undefined {
  if (source === undefined || index === undefined) return undefined;
  const axis = normalAxis(intAttribute(node, 'axis', 0), source.shape.length);
  const strides = stridesOf(source.shape);
  const data = new Float64Array(sizeOf(shape));
  let at = 0;
  for (const base of placesOf(shape, strides.map((stride, of) => (of === axis ? 0 : stride)))) {
    data[at] = source.data[base + normalAxis(index.data[at] ?? 0, source.shape[axis] ?? 1) * (strides[axis] ?? 1)] ?? NaN;
    at += 1;
  }
  return { shape, data };
}

function gatherNd(node: FlatNode, [source, index]: Operands, shape: readonly number[]): NdArray | undefined {
  if (source === undefined || index === undefined || intAttribute(node, 'batch_dims', 0) !== 0) return undefined;
  const depth = index.shape.at(-1) ?? 1;
  const strides = stridesOf(source.shape);
  const run = sizeOf(source.shape.slice(depth));
  const data = new Float64Array(sizeOf(shape));
  for (let row = 0; row * depth < index.data.length; row += 1) {
    let place = 0;
    for (let axis = 0; axis < depth; axis += 1) place += normalAxis(index.data[row * depth + axis] ?? 0, source.shape[axis] ?? 1) * (strides[axis] ?? 0);
    for (let at = 0; at < run; at += 1) data[row * run + at] = source.data[place + at] ?? NaN;
  }
  return { shape, data };
}

function scatterNd([source, index, updates]: Operands): NdArray | undefined {
  if (source === undefined || index === undefined || updates === undefined) return undefined;
  const depth = index.shape.at(-1) ?? 1;
  const strides = stridesOf(source.shape);
  const run = sizeOf(source.shape.slice(depth));
  const data = source.data.slice();
  for (let row = 0; row * depth < index.data.length; row += 1) {
    let place = 0;
    for (let axis = 0; axis < depth; axis += 1) place += normalAxis(index.data[row * depth + axis] ?? 0, source.shape[axis] ?? 1) * (strides[axis] ?? 0);
    for (let at = 0; at < run; at += 1) data[place + at] = updates.data[row * run + at] ?? NaN;
  }
  return { shape: source.shape, data };
}

function scatterElements(node: FlatNode, [source, index, updates]: Operands): NdArray | undefined {
  if (source === undefined || index === undefined || updates === undefined) return undefined;
  const axis = normalAxis(intAttribute(node, 'axis', 0), source.shape.length);
  const strides = stridesOf(source.shape);
  const data = source.data.slice();
  let at = 0;
  for (const base of placesOf(index.shape, strides.map((stride, of) => (of === axis ? 0 : stride)))) {
    data[base + normalAxis(index.data[at] ?? 0, source.shape[axis] ?? 1) * (strides[axis] ?? 1)] = updates.data[at] ?? NaN;
    at += 1;
  }
  return { shape: source.shape, data };
}

function pad(node: FlatNode, operands: Operands, shape: readonly number[]): NdArray | undefined {
  const [source] = operands;
  const pads = numbers(node, knownOf(operands), 'pads', 1);
  if (source === undefined || pads === undefined || textAttribute(node, 'mode', 'constant') !== 'constant' || pads.some((one) => one < 0)) return undefined;
  const data = new Float64Array(sizeOf(shape)).fill(operands[2]?.data[0] ?? 0);
  const strides = stridesOf(shape);
  const base = strides.reduce((place, stride, axis) => place + stride * (pads[axis] ?? 0), 0);
  let at = 0;
  for (const place of placesOf(source.shape, strides, base)) data[place] = source.data[at++] ?? NaN;
  return { shape, data };
}

/** Every way of resizing as the nearest neighbour: a gate that hangs on the difference is not tried in vain for long. */
function nearest(source: NdArray, shape: readonly number[]): NdArray | undefined {
  if (shape.length !== source.shape.length) return undefined;
  const strides = stridesOf(source.shape);
  const target = stridesOf(shape);
  return ndArray(shape, Float64Array.from({ length: sizeOf(shape) }, (_, at) =>
    source.data[shape.reduce((place, dim, axis) => place + Math.floor(((Math.floor(at / (target[axis] ?? 1)) % dim) * (source.shape[axis] ?? 1)) / dim) * (strides[axis] ?? 0), 0)] ?? NaN));
}
