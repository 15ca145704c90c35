import type { OnnxNode } from '../../../onnx/onnx-model.ts';
import { intsAttribute, stringAttribute } from '../../rule.ts';

/** How a kernel slides over the spatial axes of an input. `pads` is begins, then ends. */
export interface Window {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  /** Input pixels at the end that no output sees, because the stride steps over them. */
  readonly leftOver: readonly number[];
}

/** Reads strides, dilations and pads of a Conv, ConvTranspose or pooling node; `auto_pad` is made explicit. */
export function readWindow(node: OnnxNode, input: readonly number[], kernel: readonly number[], output: readonly number[]): Window {
  const ones = kernel.map(() => 1);
  const strides = intsAttribute(node, 'strides') ?? ones;
  const dilations = intsAttribute(node, 'dilations') ?? ones;
  const reach = kernel.map((size, axis) => (dilations[axis] ?? 1) * (size - 1) + 1);
  const spanned = output.map((count, axis) => (count - 1) * (strides[axis] ?? 1) + (reach[axis] ?? 1));
  const pads = padsOf(node, input, spanned);
  const leftOver = input.map((size, axis) => size + (pads[axis] ?? 0) + (pads[axis + input.length] ?? 0) - (spanned[axis] ?? 0));
  return { input, output, kernel, strides, dilations, pads, leftOver };
}

function padsOf(node: OnnxNode, input: readonly number[], spanned: readonly number[]): readonly number[] {
  const automatic = stringAttribute(node, 'auto_pad', 'NOTSET');
  if (automatic !== 'SAME_UPPER' && automatic !== 'SAME_LOWER') return intsAttribute(node, 'pads') ?? [...input, ...input].map(() => 0);
  const total = spanned.map((size, axis) => Math.max(0, size - (input[axis] ?? 0)));
  const small = total.map((one) => Math.floor(one / 2));
  const large = total.map((one) => Math.ceil(one / 2));
  return automatic === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small];
}
