import { attribute } from '../../onnx/build.ts';
import type { OnnxNode } from '../../onnx/onnx-model.ts';
import { inputOf, intAttribute, intsAttribute, only, reduceSum, unsupported, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';
import { readWindow, type Window } from './convolution/window.ts';

function windowOf(node: OnnxNode, context: RuleContext): Window {
  const kernel = intsAttribute(node, 'kernel_shape');
  if (kernel === undefined) throw unsupported(node, 'it has no kernel_shape');
  return readWindow(node, context.shapeOf(inputOf(node, 0)).slice(2), kernel, context.shapeOf(node.outputs[0] ?? '').slice(2));
}

/**
 * Each output's gradient goes to the input that was largest (the first, when several were). Where windows do not overlap
 * MaxUnpool does that; where they do it would overwrite instead of add, so the gradients are scattered with addition.
 */
const maxPool: GradientRule = async (node, cotangents, context) => {
  if (intAttribute(node, 'storage_order', 0) !== 0) throw unsupported(node, 'column-major indices');
  const x = inputOf(node, 0);
  const shape = context.shapeOf(x);
  const dy = only(cotangents);
  const window = windowOf(node, context);
  const indices = context.extraOutput(node, 1);
  const isApart = window.kernel.every((size, axis) => (window.strides[axis] ?? 1) >= size && (window.dilations[axis] ?? 1) === 1);
  const isInside = window.pads.every((pad) => pad === 0) && window.leftOver.every((left) => left >= 0);
  if (isApart && isInside && window.kernel.length === 2 && window.kernel.every((size, axis) => window.strides[axis] === size)) {
    return [
      context.emit('MaxUnpool', [dy, indices, context.ints(shape)], { kernel_shape: attribute.ints(window.kernel), strides: attribute.ints(window.strides) }),
    ];
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const flat = (value: string): string => context.emit('Reshape', [value, context.ints([-1])]);
  const scattered = context.emit('ScatterElements', [context.floats(new Float32Array(count), [count]), flat(indices), flat(dy)], {
    axis: attribute.int(0),
    reduction: attribute.string('add'),
  });
  return [context.emit('Reshape', [scattered, context.ints(shape)])];
};

/** All index tuples of a box, row-major. */
function tapsOf(sizes: readonly number[]): readonly (readonly number[])[] {
  return sizes.reduce<readonly (readonly number[])[]>((all, size) => all.flatMap((one) => Array.from({ length: size }, (_, at) => [...one, at])), [[]]);
}

/** Transposed convolution of [planes, k, …out] to the input's shape. */
function placed(value: string, kernel: string, shape: readonly number[], window: Window, context: RuleContext): string {
  // In ceil mode the last window may reach past the padding: what it puts there is cut off as more padding.
  const pads = window.pads.map((pad, index) => (index < window.kernel.length ? pad : pad + Math.max(0, -(window.leftOver[index - window.kernel.length] ?? 0))));
  const whole = context.emit('ConvTranspose', [value, kernel], {
    strides: attribute.ints(window.strides),
    dilations: attribute.ints(window.dilations),
    kernel_shape: attribute.ints(window.kernel),
    pads: attribute.ints(pads),
    output_padding: attribute.ints(window.leftOver.map((left) => Math.max(0, left))),
  });
  return context.emit('Reshape', [whole, context.ints(shape)]);
}

/** Every input of a window gets an equal share of its output's gradient. */
const averagePool: GradientRule = async (node, cotangents, context) => {
  const shape = context.shapeOf(inputOf(node, 0));
  const window = windowOf(node, context);
  const planes = (shape[0] ?? 1) * (shape[1] ?? 1);
  const share = context.floats(sharesOf(window, intAttribute(node, 'count_include_pad', 0) === 1), [1, 1, ...window.output]);
  const dy = context.emit('Reshape', [only(cotangents), context.ints([planes, 1, ...window.output])]);
  const ones = new Float32Array(window.kernel.reduce((product, size) => product * size, 1)).fill(1);
  return [placed(context.emit('Mul', [dy, share]), context.floats(ones, [1, 1, ...window.kernel]), shape, window, context)];
};

/** One over the number of inputs each window averages; padding counts or does not, what lies beyond it never does. */
function sharesOf(window: Window, includesPads: boolean): Float32Array {
  const counts = window.kernel.map((size, axis) =>
    Array.from({ length: window.output[axis] ?? 1 }, (_, at) => {
      const [length, begin, end] = [window.input[axis] ?? 1, window.pads[axis] ?? 0, window.pads[axis + window.kernel.length] ?? 0];
      const start = at * (window.strides[axis] ?? 1) - begin;
      const inside = (position: number): boolean => (includesPads ? position < length + end : position >= 0 && position < length);
      return Array.from({ length: size }, (_, tap) => start + tap * (window.dilations[axis] ?? 1)).filter(inside).length;
    }),
  );
  const places = tapsOf(window.output);
  return Float32Array.from(places, (at) => 1 / Math.max(1, at.reduce((product, index, axis) => product * (counts[axis]?.[index] ?? 1), 1)));
}

/** y = (Σ |x|^p)^(1/p), with p = 2: each input gets x / y of its output's gradient; other p are rare. */
const lpPool: GradientRule = async (node, cotangents, context) => {
  if (intAttribute(node, 'p', 2) !== 2) throw unsupported(node, 'p is not 2');
  const x = inputOf(node, 0);
  const shape = context.shapeOf(x);
  const window = windowOf(node, context);
  const planes = (shape[0] ?? 1) * (shape[1] ?? 1);
  const share = context.emit('Div', [only(cotangents), context.emit('Max', [node.outputs[0] ?? '', context.floats([TINY])])]);
  const dy = context.emit('Reshape', [share, context.ints([planes, 1, ...window.output])]);
  const ones = new Float32Array(window.kernel.reduce((product, size) => product * size, 1)).fill(1);
  return [context.emit('Mul', [x, placed(dy, context.floats(ones, [1, 1, ...window.kernel]), shape, window, context)])];
};

/** Keeps 0/0 out of windows of zeros. */
const TINY = 1.1754943508222875e-38;

const globalAveragePool: GradientRule = async (node, cotangents, context) => {
  const shape = context.shapeOf(inputOf(node, 0));
  const share = context.floats([1 / shape.slice(2).reduce((product, size) => product * size, 1)]);
  return [context.emit('Expand', [context.emit('Mul', [only(cotangents), share]), context.ints(shape)])];
};

/** Where several inputs are largest they share the gradient equally (as torch's amax does). */
const globalMaxPool: GradientRule = async (node, cotangents, context) => {
  const isLargest = context.emit('Cast', [context.emit('Equal', [inputOf(node, 0), node.outputs[0] ?? ''])], { to: attribute.int(1) });
  const axes = context.shapeOf(inputOf(node, 0)).map((_, axis) => axis).slice(2);
  const count = reduceSum(context, isLargest, axes, true);
  return [context.emit('Mul', [isLargest, context.emit('Div', [only(cotangents), count])])];
};

export const poolingRules: RuleTable = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  LpPool: lpPool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
};
