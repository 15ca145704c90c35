import { FLAT_DOMAIN, type FlatNode } from '../../onnx/flatten-graph.ts';
import { intAttribute, intsAttribute, textAttribute } from '../../onnx/graph-index.ts';
import { broadcastShape, normalAxis, sizeOf } from './nd-array.ts';
import { has, isOnnx, numbers, type Known } from './node-reading.ts';

type Shape = readonly number[];

/** An output whose shape is not told by the operands' shapes is undefined. */
export type Shapes = readonly (Shape | undefined)[];

type Rule = (node: FlatNode, known: readonly (Known | undefined)[]) => Shapes;

const same: Rule = (node, known) => node.outputs.map((_, at) => (at === 0 ? known[0]?.shape : undefined));

const broadcast: Rule = (_, known) => {
  const shapes = known.map((one) => one?.shape);
  return shapes.every((one) => one !== undefined) ? [broadcastShape(shapes)] : [undefined];
};

const reduce: Rule = (node, known) => {
  const shape = known[0]?.shape;
  // Everything in one number, whatever it was.
  if (shape === undefined) return [!has(node, 1) && intsAttribute(node, 'axes') === undefined && intAttribute(node, 'keepdims', 1) === 0 ? [] : undefined];
  if (has(node, 1) && known[1]?.array === undefined) return [undefined];
  const axes = numbers(node, known, 'axes', 1) ?? [];
  if (axes.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) !== 0) return [shape];
  return [withoutAxes(shape, axes.length === 0 ? shape.map((_, axis) => axis) : axes, intAttribute(node, 'keepdims', 1) !== 0)];
};

function withoutAxes(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  const gone = new Set(axes.map((axis) => normalAxis(axis, shape.length)));
  return keep ? shape.map((dim, axis) => (gone.has(axis) ? 1 : dim)) : shape.filter((_, axis) => !gone.has(axis));
}

const argument: Rule = (node, known) => {
  const shape = known[0]?.shape;
  return [shape === undefined ? undefined : withoutAxes(shape, [intAttribute(node, 'axis', 0)], intAttribute(node, 'keepdims', 1) !== 0)];
};

const reshape: Rule = (node, known) => {
  const shape = known[0]?.shape;
  const wanted = numbers(node, known, 'shape', 1);
  if (shape === undefined || wanted === undefined) return [undefined];
  const kept = wanted.map((dim, axis) => (dim === 0 && intAttribute(node, 'allowzero', 0) === 0 ? (shape[axis] ?? 1) : dim));
  const rest = kept.filter((dim) => dim !== -1).reduce((product, dim) => product * dim, 1);
  return [kept.map((dim) => (dim === -1 ? Math.floor(sizeOf(shape) / Math.max(1, rest)) : dim))];
};

const flatten: Rule = (node, known) => {
  const shape = known[0]?.shape;
  if (shape === undefined) return [undefined];
  const axis = normalAxis(intAttribute(node, 'axis', 1), shape.length);
  return [[sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))]];
};

const squeeze: Rule = (node, known) => {
  const shape = known[0]?.shape;
  if (shape === undefined) return [undefined];
  const axes = numbers(node, known, 'axes', 1);
  return [axes === undefined ? shape.filter((dim) => dim !== 1) : withoutAxes(shape, axes, false)];
};

const unsqueeze: Rule = (node, known) => {
  const shape = known[0]?.shape;
  const axes = numbers(node, known, 'axes', 1);
  if (shape === undefined || axes === undefined) return [undefined];
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => normalAxis(axis, rank)));
  const rest = [...shape];
  return [Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? 1)))];
};

const transpose: Rule = (node, known) => {
  const shape = known[0]?.shape;
  if (shape === undefined) return [undefined];
  const perm = intsAttribute(node, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  return [perm.map((axis) => shape[axis] ?? 1)];
};

const concat: Rule = (node, known) => {
  const shapes = known.map((one) => one?.shape);
  const [first] = shapes;
  if (first === undefined || shapes.some((one) => one === undefined)) return [undefined];
  const axis = normalAxis(intAttribute(node, 'axis', 0), first.length);
  return [first.map((dim, at) => (at === axis ? shapes.reduce((sum, shape) => sum + (shape?.[axis] ?? 0), 0) : dim))];
};

const split: Rule = (node, known) => {
  const shape = known[0]?.shape;
  if (shape === undefined) return node.outputs.map(() => undefined);
  const axis = normalAxis(intAttribute(node, 'axis', 0), shape.length);
  const whole = shape[axis] ?? 1;
  const parts = numbers(node, known, 'split', 1) ?? node.outputs.map((_, at) => Math.min(Math.ceil(whole / node.outputs.length), whole - at * Math.ceil(whole / node.outputs.length)));
  return node.outputs.map((_, part) => shape.map((dim, at) => (at === axis ? (parts[part] ?? 0) : dim)));
};

/** Starts, steps and lengths of a slice by axis; undefined when they are not constant. */
export function sliceOf(node: FlatNode, known: readonly (Known | undefined)[]): { readonly starts: readonly number[]; readonly steps: readonly number[]; readonly shape: Shape } | undefined {
  const shape = known[0]?.shape;
  const starts = numbers(node, known, 'starts', 1);
  const ends = numbers(node, known, 'ends', 2);
  if (shape === undefined || starts === undefined || ends === undefined) return undefined;
  if ((has(node, 3) && known[3]?.array === undefined) || (has(node, 4) && known[4]?.array === undefined)) return undefined;
  const axes = numbers(node, known, 'axes', 3) ?? starts.map((_, at) => at);
  const strides = numbers(node, known, 'steps', 4) ?? starts.map(() => 1);
  const result = { starts: shape.map(() => 0), steps: shape.map(() => 1), shape: [...shape] };
  for (const [at, axis] of axes.entries()) {
    const place = normalAxis(axis, shape.length);
    const dim = shape[place] ?? 0;
    const step = strides[at] ?? 1;
    const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value < 0 ? value + dim : value, low), high);
    const start = step > 0 ? clamp(starts[at] ?? 0, 0, dim) : clamp(starts[at] ?? 0, 0, dim - 1);
    const end = step > 0 ? clamp(ends[at] ?? dim, 0, dim) : clamp(ends[at] ?? -1, -1, dim - 1);
    result.starts[place] = start;
    result.steps[place] = step;
    result.shape[place] = Math.max(0, Math.ceil((end - start) / step));
  }
  return result;
}

const gather: Rule = (node, known) => {
  const [data, index] = [known[0]?.shape, known[1]?.shape];
  if (data === undefined || index === undefined) return [undefined];
  const axis = normalAxis(intAttribute(node, 'axis', 0), data.length);
  return [[...data.slice(0, axis), ...index, ...data.slice(axis + 1)]];
};

const gatherNd: Rule = (node, known) => {
  const [data, index] = [known[0]?.shape, known[1]?.shape];
  if (data === undefined || index === undefined) return [undefined];
  const batch = intAttribute(node, 'batch_dims', 0);
  return [[...index.slice(0, -1), ...data.slice(batch + (index.at(-1) ?? 0))]];
};

const gemm: Rule = (node, known) => {
  const [a, b] = [known[0]?.shape, known[1]?.shape];
  if (a?.length !== 2 || b?.length !== 2) return [undefined];
  return [[a[intAttribute(node, 'transA', 0) === 0 ? 0 : 1] ?? 1, b[intAttribute(node, 'transB', 0) === 0 ? 1 : 0] ?? 1]];
};

const matMul: Rule = (_, known) => {
  const [a, b] = [known[0]?.shape, known[1]?.shape];
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return [undefined];
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const batch = broadcastShape([left.slice(0, -2), right.slice(0, -2)]);
  if (batch === undefined) return [undefined];
  return [[...batch, ...(a.length === 1 ? [] : [left.at(-2) ?? 1]), ...(b.length === 1 ? [] : [right.at(-1) ?? 1])]];
};

/** Lengths of a sliding window's output along the spatial axes. */
export function windowShape(node: FlatNode, spatial: Shape, kernel: Shape): Shape {
  const strides = intsAttribute(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsAttribute(node, 'dilations') ?? kernel.map(() => 1);
  const automatic = textAttribute(node, 'auto_pad', 'NOTSET');
  const pads = intsAttribute(node, 'pads') ?? kernel.flatMap(() => [0, 0]);
  const round = intAttribute(node, 'ceil_mode', 0) === 0 ? Math.floor : Math.ceil;
  return spatial.map((dim, axis) => {
    const stride = strides[axis] ?? 1;
    if (automatic.startsWith('SAME')) return Math.ceil(dim / stride);
    const padded = automatic === 'VALID' ? dim : dim + (pads[axis] ?? 0) + (pads[axis + kernel.length] ?? 0);
    return Math.max(0, round((padded - ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) - 1) / stride) + 1);
  });
}

const convolution: Rule = (node, known) => {
  const [data, kernel] = [known[0]?.shape, known[node.opType.startsWith('QLinear') ? 3 : 1]?.shape];
  if (data === undefined || kernel === undefined) return [undefined];
  return [[data[0] ?? 1, kernel[0] ?? 1, ...windowShape(node, data.slice(2), kernel.slice(2))]];
};

const transposedConvolution: Rule = (node, known) => {
  const [data, kernel] = [known[0]?.shape, known[1]?.shape];
  if (data === undefined || kernel === undefined) return [undefined];
  const strides = intsAttribute(node, 'strides') ?? [];
  const pads = intsAttribute(node, 'pads') ?? [];
  const extra = intsAttribute(node, 'output_padding') ?? [];
  const spatial = data.slice(2).map((dim, axis) => {
    const size = (dim - 1) * (strides[axis] ?? 1) + (kernel[axis + 2] ?? 1) + (extra[axis] ?? 0);
    return intsAttribute(node, 'output_shape')?.[axis] ?? size - (pads[axis] ?? 0) - (pads[axis + data.length - 2] ?? 0);
  });
  return [[data[0] ?? 1, (kernel[1] ?? 1) * intAttribute(node, 'group', 1), ...spatial]];
};

const pool: Rule = (node, known) => {
  const data = known[0]?.shape;
  const kernel = intsAttribute(node, 'kernel_shape');
  if (data === undefined || kernel === undefined) return node.outputs.map(() => undefined);
  const shape = [...data.slice(0, 2), ...windowShape(node, data.slice(2), kernel)];
  return node.outputs.map(() => shape);
};

const globalPool: Rule = (_, known) => [known[0]?.shape?.map((dim, axis) => (axis < 2 ? dim : 1))];

const pad: Rule = (node, known) => {
  const shape = known[0]?.shape;
  const pads = numbers(node, known, node.attributes.has('paddings') ? 'paddings' : 'pads', 1);
  if (shape === undefined || pads === undefined || has(node, 3)) return [undefined];
  return [shape.map((dim, axis) => Math.max(0, dim + (pads[axis] ?? 0) + (pads[axis + shape.length] ?? 0)))];
};

const resize: Rule = (node, known) => {
  const shape = known[0]?.shape;
  if (shape === undefined) return [undefined];
  const isNew = node.opType === 'Resize' && node.inputs.length > 2;
  const sizes = isNew ? known[3]?.array : undefined;
  if (sizes !== undefined && sizes.data.length === shape.length) return [Array.from(sizes.data)];
  const scales = known[isNew ? 2 : 1]?.array;
  if (scales?.data.length !== shape.length) return [undefined];
  return [shape.map((dim, axis) => Math.floor(dim * (scales.data[axis] ?? 1)))];
};

const fromNumbers = (operand: number, attribute: string): Rule => (node, known) => {
  const dims = numbers(node, known, attribute, operand);
  return [dims === undefined ? undefined : dims.map((dim) => Math.max(0, dim))];
};

const topK: Rule = (node, known) => {
  const shape = known[0]?.shape;
  const k = known[1]?.array?.data[0] ?? intAttribute(node, 'k', -1);
  if (shape === undefined || k < 0) return [undefined, undefined];
  const axis = normalAxis(intAttribute(node, 'axis', -1), shape.length);
  const cut = shape.map((dim, at) => (at === axis ? Math.min(k, dim) : dim));
  return [cut, cut];
};

const oneHot: Rule = (node, known) => {
  const shape = known[0]?.shape;
  const depth = known[1]?.array?.data[0];
  if (shape === undefined || depth === undefined) return [undefined];
  const axis = normalAxis(intAttribute(node, 'axis', -1), shape.length + 1);
  return [[...shape.slice(0, axis), depth, ...shape.slice(axis)]];
};

const spaceAndDepth: Rule = (node, known) => {
  const shape = known[0]?.shape;
  const block = intAttribute(node, 'blocksize', 1);
  if (shape?.length !== 4) return [undefined];
  const [batch = 1, channels = 1, height = 1, width = 1] = shape;
  if (node.opType === 'SpaceToDepth') return [[batch, channels * block * block, Math.floor(height / block), Math.floor(width / block)]];
  return [[batch, Math.floor(channels / (block * block)), height * block, width * block]];
};

const recurrent: Rule = (node, known) => {
  const shape = known[0]?.shape;
  const hidden = intAttribute(node, 'hidden_size', 0);
  if (shape?.length !== 3 || hidden === 0) return node.outputs.map(() => undefined);
  const directions = textAttribute(node, 'direction', 'forward') === 'bidirectional' ? 2 : 1;
  const [steps = 1, batch = 1] = shape;
  return node.outputs.map((_, at) => (at === 0 ? [steps, directions, batch, hidden] : [directions, batch, hidden]));
};

/** `ij,jk->ik`; without an arrow the letters that occur once, in their order. Dots are left alone. */
const einsum: Rule = (node, known) => {
  const [left = '', right] = textAttribute(node, 'equation', '.').replaceAll(' ', '').split('->');
  const terms = left.split(',');
  const lengths = new Map<string, number>();
  for (const [at, term] of terms.entries()) {
    const shape = known[at]?.shape;
    if (shape?.length !== term.length || term.includes('.')) return [undefined];
    for (const [axis, letter] of [...term].entries()) lengths.set(letter, Math.max(lengths.get(letter) ?? 1, shape[axis] ?? 1));
  }
  const once = [...lengths.keys()].filter((letter) => left.split(letter).length === 2).sort().join('');
  const shape = [...(right ?? once)].map((letter) => lengths.get(letter));
  return [shape.every((dim) => dim !== undefined) ? shape : undefined];
};

const gridSample: Rule = (_, known) => {
  const [data, grid] = [known[0]?.shape, known[1]?.shape];
  return [data === undefined || grid === undefined ? undefined : [...data.slice(0, 2), ...grid.slice(1, -1)]];
};

/** Operators of ai.onnx.ml: a row of the input gives a label, and a score a class or target. */
function classicalShapes(node: FlatNode, known: readonly (Known | undefined)[]): Shapes {
  if (node.opType === 'ArrayFeatureExtractor') return featureExtractor(node, known);
  const rows = known[0]?.shape?.[0];
  if (rows === undefined) return node.outputs.map(() => undefined);
  if (node.opType.endsWith('Classifier')) {
    const labels = ['classlabels_int64s', 'classlabels_ints', 'classlabels_strings'].map((name) => node.attributes.get(name)).find((one) => (one?.type === 'ints' || one?.type === 'strings') && one.value.length > 0);
    return [[rows], labels?.type === 'ints' || labels?.type === 'strings' ? [rows, labels.value.length] : undefined];
  }
  if (node.opType.endsWith('Regressor')) return [[rows, intAttribute(node, 'n_targets', intAttribute(node, 'targets', 1))]];
  return node.outputs.map((_, at) => (at === 0 && ['LabelEncoder', 'CategoryMapper'].includes(node.opType) ? known[0]?.shape : undefined));
}

const featureExtractor: Rule = (_, known) => {
  const [data, index] = [known[0]?.shape, known[1]?.shape];
  if (data === undefined || index === undefined) return [undefined];
  return [[...data.slice(0, -1), sizeOf(index)]];
};

const RULES: Readonly<Record<string, Rule>> = {
  Where: broadcast, Reshape: reshape, Flatten: flatten, Squeeze: squeeze, Unsqueeze: unsqueeze, Transpose: transpose, Concat: concat, Split: split, Gather: gather,
  GatherND: gatherNd, Gemm: gemm, MatMul: matMul, MatMulInteger: matMul, Conv: convolution, ConvInteger: convolution, QLinearConv: convolution,
  ConvTranspose: transposedConvolution, MaxPool: pool, AveragePool: pool, LpPool: pool, GlobalAveragePool: globalPool, GlobalMaxPool: globalPool, GlobalLpPool: globalPool,
  Pad: pad, Resize: resize, Upsample: resize, ConstantOfShape: fromNumbers(0, ''), TopK: topK, OneHot: oneHot, SpaceToDepth: spaceAndDepth, DepthToSpace: spaceAndDepth,
  LSTM: recurrent, GRU: recurrent, RNN: recurrent, ArgMax: argument, ArgMin: argument,
  Shape: (_, known) => [known[0]?.shape === undefined ? undefined : [known[0].shape.length]],
  Size: () => [[]],
  Slice: (node, known) => [sliceOf(node, known)?.shape],
  GatherElements: (_, known) => [known[1]?.shape],
  Expand: (node, known) => {
    const [shape, wanted] = [known[0]?.shape, numbers(node, known, '', 1)];
    return [shape === undefined || wanted === undefined ? undefined : broadcastShape([shape, wanted])];
  },
  Tile: (_, known) => {
    const [shape, repeats] = [known[0]?.shape, known[1]?.array];
    return [shape === undefined || repeats === undefined ? undefined : shape.map((dim, axis) => dim * (repeats.data[axis] ?? 1))];
  },
  Einsum: einsum, GridSample: gridSample,
  DynamicQuantizeLinear: (_, known) => [known[0]?.shape, [], []],
};

/** Keep the shape of what comes first. */
const SAME: ReadonlySet<string> = new Set([
  'Cast', 'CastLike', 'Identity', 'Dropout', 'Clip', 'BatchNormalization', 'InstanceNormalization', 'LayerNormalization', 'GroupNormalization', 'RMSNormalization', 'LRN', 'LpNormalization',
  'MeanVarianceNormalization', 'Softmax', 'LogSoftmax', 'Hardmax', 'CumSum', 'Trilu', 'QuantizeLinear', 'DequantizeLinear', 'ScatterND', 'ScatterElements', 'Scatter', 'ReverseSequence',
  'Relu', 'LeakyRelu', 'Elu', 'Selu', 'Celu', 'Gelu', 'Mish', 'ThresholdedRelu', 'HardSwish', 'HardSigmoid', 'Sigmoid', 'Tanh', 'Softplus', 'Softsign', 'Shrink', 'Erf', 'Abs', 'Neg', 'Sign',
  'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Floor', 'Ceil', 'Round', 'Not', 'BitwiseNot', 'IsNaN', 'IsInf', 'Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Acosh', 'Atanh',
  'EyeLike', 'RandomNormalLike', 'RandomUniformLike', 'Bernoulli', 'QuickGelu', 'FastGelu', 'BiasGelu', 'Scaler', 'Binarizer', 'Imputer', 'Normalizer', 'SimplifiedLayerNormalization',
]);

const BROADCAST: ReadonlySet<string> = new Set([
  'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'Min', 'Max', 'Sum', 'Mean', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor', 'BitShift', 'BitwiseAnd', 'BitwiseOr',
  'BitwiseXor', 'PRelu',
]);

/** Shapes of a node's outputs, from the shapes of its operands and such numbers of them as are known. */
export function shapesOf(node: FlatNode, known: readonly (Known | undefined)[]): Shapes {
  if (node.domain === FLAT_DOMAIN) return controlShapes(node, known);
  if (SAME.has(node.opType)) return same(node, known);
  if (node.domain === 'ai.onnx.ml') return classicalShapes(node, known);
  if (isOnnx(node, ...BROADCAST)) return broadcast(node, known);
  if (node.domain !== '' && node.domain !== 'ai.onnx') return node.outputs.map(() => undefined);
  if (node.opType.startsWith('Reduce')) return reduce(node, known);
  return (Object.hasOwn(RULES, node.opType) ? RULES[node.opType]?.(node, known) : undefined) ?? node.outputs.map(() => undefined);
}

function controlShapes(node: FlatNode, known: readonly (Known | undefined)[]): Shapes {
  switch (node.opType) {
    case 'Choose':
      return [known[1]?.shape ?? known[2]?.shape];
    case 'Repeat':
      return [known[3]?.shape ?? known[4]?.shape];
    case 'Slice1':
      return [known[0]?.shape?.slice(1)];
    case 'Counter':
      return [[]];
    default:
      return [undefined];
  }
}
