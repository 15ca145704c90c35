import { FLAT_DOMAIN, type FlatNode } from '../../onnx/flatten-graph.ts';
import { floatAttribute, intAttribute } from '../../onnx/graph-index.ts';
import { classical, elementwise } from './kernels/elementwise.ts';
import { convolution, gemm, matMul, pooling } from './kernels/linear.ts';
import { rearranged } from './kernels/rearranging.ts';
import { argument, cumulative, reduction, softmax, topK } from './kernels/reduction.ts';
import { combined, ndArray, normalAxis, sizeOf, stridesOf, type NdArray } from './nd-array.ts';
import { isOnnx } from './node-reading.ts';
import { shapesOf } from './shape-rules.ts';

/** Numbers of one intermediate result; an image of a thousand by a thousand pixels fits (CWE-789). */
export const MAX_ARRAY_VALUES = 2 ** 22;

export interface ComputeOptions {
  readonly opset: number;
  /** The number that ConstantOfShape puts everywhere. */
  readonly fill: number;
}

/**
 * What a node makes of its operands, in doubles. Undefined for an operator, a form of one or a size that is not computed
 * here: it is meant for the small arithmetic around a network, not for the network.
 */
export function compute(node: FlatNode, operands: readonly (NdArray | undefined)[], { opset, fill }: ComputeOptions): readonly NdArray[] | undefined {
  const shapes = shapesOf(node, operands.map((array) => (array === undefined ? undefined : { shape: array.shape, array })));
  if (shapes.some((shape) => shape !== undefined && !(sizeOf(shape) <= MAX_ARRAY_VALUES))) return undefined;
  const [source, second] = operands;
  const [shape] = shapes;
  const one = (array: NdArray | undefined): readonly NdArray[] | undefined => (array === undefined ? undefined : [array]);
  if (node.domain === FLAT_DOMAIN) return control(node, operands);
  if (node.domain === 'ai.onnx.ml') return node.opType === 'ArrayFeatureExtractor' ? rearranged(node, operands, shapes) : source === undefined ? undefined : one(classical(node, source));
  if (node.domain !== '' && node.domain !== 'ai.onnx') return undefined;
  if (isOnnx(node, 'ConstantOfShape')) return shape === undefined ? undefined : [{ shape, data: new Float64Array(sizeOf(shape)).fill(fill) }];
  if (isOnnx(node, 'Range')) return one(range(operands));
  if (source === undefined) return undefined;
  if (isOnnx(node, 'Shape')) return [ndArray([source.shape.length], source.shape)];
  if (isOnnx(node, 'Size')) return [ndArray([], [source.data.length])];
  if (isOnnx(node, 'NonZero')) return [nonZero(source)];
  if (shape === undefined) return undefined;
  if (node.opType.startsWith('Reduce')) return one(reduction(node, operands, shape));
  switch (node.opType) {
    case 'MatMul':
      return second === undefined ? undefined : one(matMul(source, second, shape));
    case 'Gemm':
      return one(gemm(node, operands, shape));
    case 'Conv':
      return one(convolution(node, operands, shape));
    case 'MaxPool':
      return node.outputs.length > 1 ? undefined : one(pooling(node, source, shape));
    case 'AveragePool':
    case 'GlobalAveragePool':
    case 'GlobalMaxPool':
      return one(pooling(node, source, shape));
    case 'Softmax':
    case 'LogSoftmax':
    case 'Hardmax':
      return [softmax(node, source, opset)];
    case 'CumSum':
      return second === undefined ? undefined : [cumulative(node, source, second.data[0] ?? 0)];
    case 'ArgMax':
    case 'ArgMin':
      return [argument(node, source, shape)];
    case 'TopK':
      return topK(node, source, shape);
    case 'OneHot':
      return one(oneHot(node, operands, shape));
    case 'BatchNormalization':
      return one(batchNormalization(node, operands));
    default:
      return one(elementwise(node, operands)) ?? rearranged(node, operands, shapes);
  }
}

function control(node: FlatNode, operands: readonly (NdArray | undefined)[]): readonly NdArray[] | undefined {
  const [first] = operands;
  switch (node.opType) {
    case 'Choose': {
      if (first === undefined) return undefined;
      const chosen = (first.data[0] ?? 0) === 0 ? operands[2] : operands[1];
      return chosen === undefined ? undefined : [chosen];
    }
    case 'Repeat':
      return operands[5] === undefined ? undefined : [operands[5]];
    case 'Slice1':
      return first === undefined || first.shape.length === 0 ? undefined : [{ shape: first.shape.slice(1), data: first.data.slice(0, sizeOf(first.shape.slice(1))) }];
    case 'Counter':
      return [ndArray([], [0])];
    default:
      return undefined;
  }
}

function range([start, limit, delta]: readonly (NdArray | undefined)[]): NdArray | undefined {
  const [from, to, step] = [start?.data[0], limit?.data[0], delta?.data[0]];
  if (from === undefined || to === undefined || step === undefined || step === 0) return undefined;
  const count = Math.max(0, Math.ceil((to - from) / step));
  return count > MAX_ARRAY_VALUES ? undefined : ndArray([count], Float64Array.from({ length: count }, (_, at) => from + at * step));
}

function nonZero(source: NdArray): NdArray {
  const places = Array.from(source.data.keys()).filter((at) => source.data[at] !== 0);
  const strides = stridesOf(source.shape);
  return ndArray([source.shape.length, places.length], source.shape.flatMap((dim, axis) => places.map((place) => Math.floor(place / (strides[axis] ?? 1)) % dim)));
}

function oneHot(node: FlatNode, [index, depth, values]: readonly (NdArray | undefined)[], shape: readonly number[]): NdArray | undefined {
  if (index === undefined || depth === undefined || values === undefined) return undefined;
  const axis = normalAxis(intAttribute(node, 'axis', -1), shape.length);
  const count = depth.data[0] ?? 1;
  const inner = sizeOf(shape.slice(axis + 1));
  const [off = 0, on = 1] = values.data;
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, at) => {
    const place = Math.floor(at / inner) % count;
    return normalAxis(index.data[Math.floor(at / (inner * count)) * inner + (at % inner)] ?? -1, count) === place ? on : off;
  }) };
}

/** Scale and shift by channel, in inference mode. */
function batchNormalization(node: FlatNode, [source, scale, shift, mean, variance]: readonly (NdArray | undefined)[]): NdArray | undefined {
  if (source === undefined || scale === undefined || shift === undefined || mean === undefined || variance === undefined) return undefined;
  const lift = (array: NdArray): NdArray => ({ shape: [array.data.length, ...source.shape.slice(2).map(() => 1)], data: array.data });
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  return combined([source, lift(scale), lift(shift), lift(mean), lift(variance)], (x = 0, a = 1, b = 0, m = 0, v = 1) => (a * (x - m)) / Math.sqrt(v + epsilon) + b);
}
