import { attribute } from '../../onnx/build.ts';
import type { OnnxNode } from '../../onnx/onnx-model.ts';
import { hasInput, inputOf, intAttribute, only, reduceSum, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';
import { insertZeros } from './convolution/insert-zeros.ts';
import { readWindow, type Window } from './convolution/window.ts';
import { flippedKernel, phaseKernel } from './convolution/kernels.ts';
import { convolutionWeightGradient } from './convolution/weight-gradient.ts';

/**
 * The input gradient of a convolution is the transposed convolution with the same kernel. ConvTranspose is always right
 * and seldom fastest, so with a constant kernel it becomes one of these, each measured faster in bench/gradient:
 * stride 1: Conv with the flipped kernel; stride s of a 2-D ungrouped convolution: one Conv that computes the s² phases
 * as channels, then DepthToSpace; 1×1 with a stride, or groups with a stride: zeros inserted between the cotangent's
 * pixels, then stride 1.
 */
const conv: GradientRule = async (node, cotangents, context) => {
  const [x, w] = [inputOf(node, 0), inputOf(node, 1)];
  const window = readWindow(node, context.shapeOf(x).slice(2), context.shapeOf(w).slice(2), context.shapeOf(node.outputs[0] ?? '').slice(2));
  const dy = only(cotangents);
  const b = hasInput(node, 2) ? inputOf(node, 2) : undefined;
  return [
    context.isWanted(x) ? await inputGradient(node, dy, window, context) : undefined,
    context.isWanted(w) ? convolutionWeightGradient(node, dy, window, context) : undefined,
    b !== undefined && context.isWanted(b) ? channelSum(dy, context.shapeOf(node.outputs[0] ?? '').length, context) : undefined,
  ];
};

async function inputGradient(node: OnnxNode, dy: string, window: Window, context: RuleContext): Promise<string> {
  const w = inputOf(node, 1);
  const group = intAttribute(node, 'group', 1);
  const kernel = await context.constantOf(w);
  const shape = context.shapeOf(w);
  const isStrided = window.strides.some((stride) => stride !== 1);
  if (kernel === undefined || !canFlip(window)) return transposed(dy, w, group, window, context);
  if (!isStrided) return flipped(dy, kernel, shape, group, window, window.pads, context);

  const isPlain2d = window.kernel.length === 2 && group === 1 && window.dilations.every((one) => one === 1);
  const isPoint = window.kernel.every((size) => size === 1);
  const [stride] = window.strides;
  if (isPlain2d && !isPoint && stride !== undefined && window.strides.every((one) => one === stride)) {
    const phases = byPhases(dy, kernel, shape, stride, window, context);
    if (phases !== undefined) return phases;
  }
  const cotangentShape = context.shapeOf(node.outputs[0] ?? '');
  const spread = insertZeros(dy, cotangentShape, window.strides, context);
  return flipped(spread, kernel, shape, group, window, withLeftOver(window), context);
}

/** Conv can pad with zeros but not crop, which a pad wider than the kernel would need. */
function canFlip({ kernel, dilations, pads }: Window): boolean {
  const rank = kernel.length;
  return pads.every((pad, index) => (dilations[index % rank] ?? 1) * ((kernel[index % rank] ?? 1) - 1) >= pad);
}

/** Input pixels behind the last window that no output sees: they count as negative padding at the end. */
function withLeftOver({ pads, leftOver, kernel }: Window): readonly number[] {
  return pads.map((pad, index) => (index < kernel.length ? pad : pad - (leftOver[index - kernel.length] ?? 0)));
}

/** Stride 1: dx = conv(dy, kernel flipped in space with in- and output channels exchanged). */
function flipped(
  dy: string,
  kernel: Float32Array | Float64Array,
  shape: readonly number[],
  group: number,
  { dilations, kernel: size }: Window,
  pads: readonly number[],
  context: RuleContext,
): string {
  const { values, dims } = flippedKernel(kernel, shape, group);
  const rank = size.length;
  const reach = (axis: number): number => (dilations[axis] ?? 1) * ((size[axis] ?? 1) - 1);
  return context.emit('Conv', [dy, context.floats(values, dims)], {
    group: attribute.int(group),
    dilations: attribute.ints(dilations),
    pads: attribute.ints(pads.map((pad, index) => reach(index % rank) - pad)),
    kernel_shape: attribute.ints(size),
    strides: attribute.ints(size.map(() => 1)),
  });
}

/**
 * Stride s, dilation 1: the padded input pixel s·q + r takes Σ_t kernel[r + s·t] · dy[q − t], so each phase r is a
 * stride-1 convolution of dy, and all s² of them are the channels of one.
 */
function byPhases(
  dy: string,
  kernel: Float32Array | Float64Array,
  shape: readonly number[],
  stride: number,
  { pads, input, output, kernel: size }: Window,
  context: RuleContext,
): string | undefined {
  const taps = size.map((one) => Math.ceil(one / stride));
  const counts = input.map((length, axis) => Math.floor(((pads[axis] ?? 0) + length - 1) / stride) + 1);
  const behind = counts.map((count, axis) => count - (output[axis] ?? 0));
  if (behind.some((one) => one < 0)) return undefined;

  const { values, dims } = phaseKernel(kernel, shape, stride);
  const phases = context.emit('Conv', [dy, context.floats(values, dims)], {
    kernel_shape: attribute.ints(taps),
    pads: attribute.ints([...taps.map((one) => one - 1), ...behind]),
  });
  const pixels = context.emit('DepthToSpace', [phases], { blocksize: attribute.int(stride), mode: attribute.string('DCR') });
  const starts = input.map((_, axis) => pads[axis] ?? 0);
  const isWhole = input.every((length, axis) => starts[axis] === 0 && length === (counts[axis] ?? 0) * stride);
  if (isWhole) return pixels;
  const ends = input.map((length, axis) => (starts[axis] ?? 0) + length);
  return context.emit('Slice', [pixels, context.ints(starts), context.ints(ends), context.ints(input.map((_, axis) => axis + 2))]);
}

function transposed(dy: string, w: string, group: number, { strides, dilations, pads, kernel, leftOver }: Window, context: RuleContext): string {
  return context.emit('ConvTranspose', [dy, w], {
    group: attribute.int(group),
    strides: attribute.ints(strides),
    dilations: attribute.ints(dilations),
    pads: attribute.ints(pads),
    kernel_shape: attribute.ints(kernel),
    output_padding: attribute.ints(leftOver),
  });
}

function channelSum(dy: string, rank: number, context: RuleContext): string {
  return reduceSum(context, dy, Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1), false);
}

/** The input gradient of a transposed convolution is the convolution with the same kernel. */
const convTranspose: GradientRule = async (node, cotangents, context) => {
  const [x, w] = [inputOf(node, 0), inputOf(node, 1)];
  const [input, output] = [context.shapeOf(x).slice(2), context.shapeOf(node.outputs[0] ?? '').slice(2)];
  // Seen backwards: the window slides over the larger side.
  const window = readWindow(node, output, context.shapeOf(w).slice(2), input);
  const dy = only(cotangents);
  const group = intAttribute(node, 'group', 1);
  const dx = (): string => {
    const whole = context.emit('Conv', [dy, w], {
      group: attribute.int(group),
      strides: attribute.ints(window.strides),
      dilations: attribute.ints(window.dilations),
      pads: attribute.ints(window.pads),
      kernel_shape: attribute.ints(window.kernel),
    });
    return whole;
  };
  const b = hasInput(node, 2) ? inputOf(node, 2) : undefined;
  return [
    context.isWanted(x) ? dx() : undefined,
    context.isWanted(w) ? convolutionWeightGradient(node, x, window, context, dy) : undefined,
    b !== undefined && context.isWanted(b) ? channelSum(dy, context.shapeOf(node.outputs[0] ?? '').length, context) : undefined,
  ];
};

export const convolutionRules: RuleTable = { Conv: conv, ConvTranspose: convTranspose };
