import type { FlatNode } from '../../../onnx/flatten-graph.ts';
import { floatAttribute, intAttribute, intsAttribute, textAttribute } from '../../../onnx/graph-index.ts';
import { broadcastTo, sizeOf, type NdArray } from '../nd-array.ts';

/** Multiplications one layer may take when a gate is tried: a first convolution of an ordinary network, not a whole one. */
const MAX_MULTIPLICATIONS = 4e7;

function product(a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number, target: Float64Array, offsets: readonly [a: number, b: number, target: number]): void {
  for (let row = 0; row < rows; row += 1) {
    for (let at = 0; at < inner; at += 1) {
      const left = a[offsets[0] + row * inner + at] ?? NaN;
      if (left === 0) continue;
      for (let column = 0; column < columns; column += 1) {
        const place = offsets[2] + row * columns + column;
        target[place] = (target[place] ?? 0) + left * (b[offsets[1] + at * columns + column] ?? NaN);
      }
    }
  }
}

export function matMul(a: NdArray, b: NdArray, shape: readonly number[]): NdArray | undefined {
  const inner = a.shape.at(-1) ?? 1;
  const rows = a.shape.length === 1 ? 1 : (a.shape.at(-2) ?? 1);
  const columns = b.shape.length === 1 ? 1 : (b.shape.at(-1) ?? 1);
  const batchShape = shape.slice(0, shape.length - (a.shape.length === 1 ? 0 : 1) - (b.shape.length === 1 ? 0 : 1));
  const batch = sizeOf(batchShape);
  if (batch * rows * inner * columns > MAX_MULTIPLICATIONS || (b.shape.length === 1 ? b.shape[0] : b.shape.at(-2)) !== inner) return undefined;
  const left = a.shape.length <= 2 ? a : broadcastTo(a, [...batchShape, rows, inner]);
  const right = b.shape.length <= 2 ? b : broadcastTo(b, [...batchShape, inner, columns]);
  const data = new Float64Array(sizeOf(shape));
  for (let at = 0; at < batch; at += 1) {
    product(left.data, right.data, rows, inner, columns, data, [a.shape.length <= 2 ? 0 : at * rows * inner, b.shape.length <= 2 ? 0 : at * inner * columns, at * rows * columns]);
  }
  return { shape, data };
}

function transposed({ shape: [rows = 1, columns = 1], data }: NdArray): NdArray {
  return { shape: [columns, rows], data: Float64Array.from(data, (_, at) => data[(at % rows) * columns + Math.floor(at / rows)] ?? NaN) };
}

export function gemm(node: FlatNode, [a, b, c]: readonly (NdArray | undefined)[], shape: readonly number[]): NdArray | undefined {
  if (a === undefined || b === undefined || a.data.length + b.data.length > MAX_MULTIPLICATIONS) return undefined;
  const result = matMul(intAttribute(node, 'transA', 0) === 0 ? a : transposed(a), intAttribute(node, 'transB', 0) === 0 ? b : transposed(b), shape);
  if (result === undefined || (node.inputs[2] !== undefined && c === undefined)) return undefined;
  const [alpha, beta] = [floatAttribute(node, 'alpha', 1), floatAttribute(node, 'beta', 1)];
  const bias = c === undefined ? undefined : broadcastTo(c, shape).data;
  return { shape, data: result.data.map((x, at) => alpha * x + (bias === undefined ? 0 : beta * (bias[at] ?? 0))) };
}

interface Window {
  readonly height: number;
  readonly width: number;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

function windowOf(node: FlatNode, input: readonly number[], output: readonly number[], kernel: readonly number[]): Window {
  const [height = 1, width = 1] = kernel;
  const strides = intsAttribute(node, 'strides') ?? [1, 1];
  const dilations = intsAttribute(node, 'dilations') ?? [1, 1];
  const automatic = textAttribute(node, 'auto_pad', 'NOTSET');
  const total = (axis: number): number => Math.max(0, ((output[axis] ?? 1) - 1) * (strides[axis] ?? 1) + ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1 - (input[axis] ?? 1));
  const half = (axis: number): number => (automatic === 'SAME_UPPER' ? Math.floor(total(axis) / 2) : Math.ceil(total(axis) / 2));
  const pads = automatic.startsWith('SAME') ? [half(0), half(1)] : automatic === 'VALID' ? [0, 0] : (intsAttribute(node, 'pads') ?? [0, 0]);
  return { height, width, strides, dilations, pads };
}

/** Calls back for each place of a window that lies inside of the image. */
function visit(window: Window, row: number, column: number, [height, width]: readonly [number, number], see: (place: number, kernelPlace: number) => void): void {
  for (let y = 0; y < window.height; y += 1) {
    const from = row * (window.strides[0] ?? 1) + y * (window.dilations[0] ?? 1) - (window.pads[0] ?? 0);
    if (from < 0 || from >= height) continue;
    for (let x = 0; x < window.width; x += 1) {
      const at = column * (window.strides[1] ?? 1) + x * (window.dilations[1] ?? 1) - (window.pads[1] ?? 0);
      if (at >= 0 && at < width) see(from * width + at, y * window.width + x);
    }
  }
}

/** A convolution over images (two spatial axes). */
export function convolution(node: FlatNode, [image, kernel, bias]: readonly (NdArray | undefined)[], shape: readonly number[]): NdArray | undefined {
  if (image?.shape.length !== 4 || kernel?.shape.length !== 4 || (node.inputs[2] !== undefined && bias === undefined)) return undefined;
  const [batch = 1, channels = 1, height = 1, width = 1] = image.shape;
  const [, filters = 1, rows = 1, columns = 1] = shape;
  const group = intAttribute(node, 'group', 1);
  const perGroup = kernel.shape[1] ?? 1;
  if (perGroup * group !== channels || sizeOf(shape) * perGroup * sizeOf(kernel.shape.slice(2)) > MAX_MULTIPLICATIONS) return undefined;
  const window = windowOf(node, [height, width], [rows, columns], kernel.shape.slice(2));
  const data = new Float64Array(sizeOf(shape));
  let target = 0;
  for (let sample = 0; sample < batch; sample += 1) {
    for (let filter = 0; filter < filters; filter += 1) {
      const first = Math.floor(filter / (filters / group)) * perGroup;
      for (let row = 0; row < rows; row += 1) {
        for (let column = 0; column < columns; column += 1) {
          let total = bias?.data[filter] ?? 0;
          visit(window, row, column, [height, width], (place, kernelPlace) => {
            for (let channel = 0; channel < perGroup; channel += 1) {
              const weight = kernel.data[(filter * perGroup + channel) * window.height * window.width + kernelPlace] ?? NaN;
              total += weight * (image.data[((sample * channels + first + channel) * height) * width + place] ?? NaN);
            }
          });
          data[target++] = total;
        }
      }
    }
  }
  return { shape, data };
}

/** MaxPool and AveragePool over images, and their global forms. */
export function pooling(node: FlatNode, image: NdArray, shape: readonly number[]): NdArray | undefined {
  if (image.shape.length !== 4) return undefined;
  const [batch = 1, channels = 1, height = 1, width = 1] = image.shape;
  const [, , rows = 1, columns = 1] = shape;
  const kernel = node.opType.startsWith('Global') ? [height, width] : (intsAttribute(node, 'kernel_shape') ?? [1, 1]);
  if (sizeOf(shape) * sizeOf(kernel) > MAX_MULTIPLICATIONS) return undefined;
  const window = node.opType.startsWith('Global') ? { height, width, strides: [1, 1], dilations: [1, 1], pads: [0, 0] } : windowOf(node, [height, width], [rows, columns], kernel);
  const isMax = node.opType.endsWith('MaxPool');
  const countsPadding = intAttribute(node, 'count_include_pad', 0) !== 0;
  const data = new Float64Array(sizeOf(shape));
  let target = 0;
  for (let map = 0; map < batch * channels; map += 1) {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        let result = isMax ? -Infinity : 0;
        let seen = 0;
        visit(window, row, column, [height, width], (place) => {
          const value = image.data[map * height * width + place] ?? NaN;
          result = isMax ? Math.max(result, value) : result + value;
          seen += 1;
        });
        data[target++] = isMax ? result : result / (countsPadding ? window.height * window.width : Math.max(1, seen));
      }
    }
  }
  return { shape, data };
}
