import { constantValue, type ConstantValue } from '../constant-value.ts';
import { floatAttribute, floatsAttribute, intsAttribute, isOperator, type GraphIndex } from '../graph-index.ts';
import type { OnnxNode } from '../onnx-model.ts';

export interface InputChain {
  /** Per-channel scale and shift that the graph itself applies: scale · x + shift; one entry when all channels share it. */
  readonly affine: { readonly scale: readonly number[]; readonly shift: readonly number[] } | undefined;
  /** The layout, when the graph's own operators tell it. */
  readonly layout: 'nchw' | 'nhwc' | undefined;
  /** Numbers a pixel (or an input vector) has, told by the first layer's weights. */
  readonly channels: number | undefined;
  readonly features: number | undefined;
  /** Node whose constants were learned rather than chosen, so that the input's range cannot be told from them. */
  readonly isLearned: boolean;
}

/** Steps from the input to the first layer. */
const MAX_STEPS = 16;

interface Affine {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

/**
 * Follows an image or vector from the graph's input to its first layer, through casts, transpositions and arithmetic
 * with constants.
 */
export async function followInput(index: GraphIndex, input: string, rank: number): Promise<InputChain> {
  const path: OnnxNode[] = [];
  let value = input;
  let permutation: readonly number[] | undefined;
  let layer: OnnxNode | undefined;
  for (let step = 0; step < MAX_STEPS; step++) {
    const takers = (index.consumers.get(value) ?? []).filter((node) => !isOperator(node, 'Shape', 'Size'));
    const [node] = takers;
    if (node === undefined || takers.length > 1) break;
    layer = node;
    const isArithmetic = isOperator(node, 'Sub', 'Add', 'Mul', 'Div', 'BatchNormalization', 'Cast', 'Identity');
    const isScaler = node.domain === 'ai.onnx.ml' && node.opType === 'Scaler';
    if (isOperator(node, 'Transpose')) {
      const perm = intsAttribute(node, 'perm');
      if (perm?.length !== rank) break;
      permutation = permutation === undefined ? perm : perm.map((axis) => permutation?.[axis] ?? axis);
    } else if (!isArithmetic && !isScaler) break;
    path.push(node);
    value = node.outputs[0] ?? '';
    layer = undefined;
  }
  const first = await describeLayer(index, layer, value);
  const layout = layoutOf(rank, permutation, first.isConvolution);
  const { affine, isLearned } = await affineOf(index, input, path, rank, layout === 'nhwc' ? rank - 1 : 1);
  return { affine, layout, channels: first.channels, features: first.features, isLearned };
}

/** [0, 3, 1, 2] in front of the first layer makes NCHW of NHWC. */
function layoutOf(rank: number, permutation: readonly number[] | undefined, isConvolution: boolean): 'nchw' | 'nhwc' | undefined {
  if (rank !== 4) return undefined;
  if (permutation === undefined) return isConvolution ? 'nchw' : undefined;
  const channelAxis = permutation[1];
  return channelAxis === 3 ? 'nhwc' : channelAxis === 1 ? 'nchw' : undefined;
}

async function describeLayer(index: GraphIndex, node: OnnxNode | undefined, value: string): Promise<{ channels?: number; features?: number; isConvolution: boolean }> {
  if (node === undefined) return { isConvolution: false };
  if (isOperator(node, 'Conv') && node.inputs[0] === value) {
    const kernel = await constantShape(index, node.inputs[1] ?? '');
    const group = node.attributes.get('group');
    const groups = group?.type === 'int' ? Number(group.value) : 1;
    return { isConvolution: true, ...(kernel?.[1] === undefined ? {} : { channels: kernel[1] * groups }) };
  }
  if (isOperator(node, 'Gemm', 'MatMul') && node.inputs[0] === value) {
    const matrix = await constantShape(index, node.inputs[1] ?? '');
    const transB = node.attributes.get('transB');
    const rows = matrix?.[transB?.type === 'int' && transB.value !== 0n ? 1 : 0];
    return { isConvolution: false, ...(rows === undefined ? {} : { features: rows }) };
  }
  return { isConvolution: false };
}

/** Weights are read only when something stands between them and their tensor. */
async function constantShape(index: GraphIndex, name: string): Promise<readonly number[] | undefined> {
  return index.initializers.get(name)?.dims ?? (await constantValue(index, name))?.shape;
}

async function affineOf(
  index: GraphIndex, input: string, path: readonly OnnxNode[], rank: number, startAxis: number,
): Promise<{ readonly affine: Affine | undefined; readonly isLearned: boolean }> {
  let affine: Affine = { scale: [1], shift: [0] };
  let axis = startAxis;
  let value = input;
  let isLearned = false;
  let found = false;
  for (const node of path) {
    if (isOperator(node, 'Transpose')) {
      axis = intsAttribute(node, 'perm')?.indexOf(axis) ?? axis;
    } else if (!isOperator(node, 'Cast', 'Identity')) {
      const step = await stepOf(index, node, value, rank, axis);
      const next = step === undefined ? undefined : combined(affine, step);
      if (next === undefined) break;
      affine = next;
      found = true;
      isLearned ||= isOperator(node, 'BatchNormalization');
    }
    value = node.outputs[0] ?? '';
  }
  const isPlain = affine.scale.every((one) => one === 1) && affine.shift.every((one) => one === 0);
  return { affine: found && !isPlain ? affine : undefined, isLearned };
}

/** One node as scale · x + shift. */
async function stepOf(index: GraphIndex, node: OnnxNode, value: string, rank: number, axis: number): Promise<Affine | undefined> {
  if (node.domain === 'ai.onnx.ml') {
    const offset = floatsAttribute(node, 'offset') ?? [0];
    const scale = floatsAttribute(node, 'scale') ?? [1];
    return combined({ scale: [1], shift: offset.map((one) => -one) }, { scale, shift: [0] });
  }
  if (isOperator(node, 'BatchNormalization')) {
    const parts = await Promise.all([1, 2, 3, 4].map((at) => constantValue(index, node.inputs[at] ?? '')));
    const [gamma, beta, mean, variance] = parts.map((part) => part?.values);
    if (gamma === undefined || beta === undefined || mean === undefined || variance === undefined || axis !== 1) return undefined;
    const epsilon = floatAttribute(node, 'epsilon', 1e-5);
    const scale = Array.from(gamma, (one, channel) => one / Math.sqrt((variance[channel] ?? NaN) + epsilon));
    return { scale, shift: Array.from(beta, (one, channel) => one - (mean[channel] ?? NaN) * (scale[channel] ?? NaN)) };
  }
  const [left = '', right = ''] = node.inputs;
  const isLeft = left === value;
  const constant = perChannel(await constantValue(index, isLeft ? right : left), rank, axis);
  if (constant === undefined || left === right) return undefined;
  switch (node.opType) {
    case 'Add':
      return { scale: [1], shift: constant };
    case 'Mul':
      return { scale: constant, shift: [0] };
    case 'Sub':
      return isLeft ? { scale: [1], shift: constant.map((one) => -one) } : { scale: [-1], shift: constant };
    case 'Div':
      return isLeft ? { scale: constant.map((one) => 1 / one), shift: [0] } : undefined;
    default:
      return undefined;
  }
}

/** A constant that is one number, or one a channel and broadcast over everything else. */
function perChannel(constant: ConstantValue | undefined, rank: number, axis: number): readonly number[] | undefined {
  if (constant === undefined || constant.shape.length > rank) return undefined;
  const values = Array.from(constant.values);
  if (values.length === 1) return values;
  const missing = rank - constant.shape.length;
  const isAlongAxis = constant.shape.every((dim, at) => dim === 1 || at + missing === axis);
  return isAlongAxis ? values : undefined;
}

/** `second` after `first`; undefined when their channel counts disagree. */
function combined(first: Affine, second: Affine): Affine | undefined {
  const lists = [first.scale, first.shift, second.scale, second.shift];
  const count = Math.max(...lists.map((list) => list.length));
  if (lists.some((list) => list.length !== 1 && list.length !== count)) return undefined;
  const at = (list: readonly number[], channel: number): number => (list.length === 1 ? list[0] : list[channel]) ?? NaN;
  const channels = Array.from({ length: count }, (_, channel) => channel);
  return {
    scale: channels.map((channel) => at(second.scale, channel) * at(first.scale, channel)),
    shift: channels.map((channel) => at(second.scale, channel) * at(first.shift, channel) + at(second.shift, channel)),
  };
}
