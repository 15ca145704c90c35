import { attribute } from '../../onnx/build.ts';
import type { OnnxNode } from '../../onnx/onnx-model.ts';
import {
  axisOf, constantNumbers, hasInput, inputOf, intAttribute, intsAttribute, only, outputOf, reduceSum, reshape, stringAttribute, sumToShape, transpose, unsupported,
  type GradientRule, type RuleContext, type RuleTable,
} from '../rule.ts';
import { axisMatrix, transposedAlongAxis } from './along-axis.ts';

/** The same elements in another shape. */
const reshaped: GradientRule = async (node, cotangents, context) => [
  reshape(context, only(cotangents), context.shapeOf(outputOf(node)), context.shapeOf(inputOf(node, 0))),
];

const transposeRule: GradientRule = async (node, cotangents, context) => {
  const rank = context.shapeOf(inputOf(node, 0)).length;
  const order = intsAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  return [transpose(context, only(cotangents), order.map((_, axis) => order.indexOf(axis)))];
};

const concat: GradientRule = async (node, cotangents, context) => {
  const axis = axisOf(intAttribute(node, 'axis', 0), context.shapeOf(outputOf(node)).length);
  let start = 0;
  return node.inputs.map((input) => {
    const from = start;
    start += context.shapeOf(input)[axis] ?? 0;
    return context.isWanted(input) ? slice(context, only(cotangents), [from], [start], [axis]) : undefined;
  });
};

function slice(context: RuleContext, value: string, starts: readonly number[], ends: readonly number[], axes: readonly number[], steps?: readonly number[]): string {
  return context.emit('Slice', [value, context.ints(starts), context.ints(ends), context.ints(axes), ...(steps === undefined ? [] : [context.ints(steps)])]);
}

const split: GradientRule = async (node, cotangents, context) => {
  const axis = axisOf(intAttribute(node, 'axis', 0), context.shapeOf(inputOf(node, 0)).length);
  const parts = node.outputs.map((output, index) => {
    const shape = context.shapeOf(output);
    return cotangents[index] ?? context.emit('Expand', [context.floats([0]), context.ints(shape)]);
  });
  return [context.emit('Concat', parts, { axis: attribute.int(axis) })];
};

/** Zeros around; with steps the cotangents are first put apart (and in order) by a matrix of zeros and ones. */
const sliceRule: GradientRule = async (node, cotangents, context) => {
  const shape = context.shapeOf(inputOf(node, 0));
  const starts = await constantNumbers(node, 1, context);
  const axes = hasInput(node, 3) ? (await constantNumbers(node, 3, context)).map((axis) => axisOf(axis, shape.length)) : starts.map((_, axis) => axis);
  const steps = hasInput(node, 4) ? await constantNumbers(node, 4, context) : starts.map(() => 1);
  const current = [...context.shapeOf(outputOf(node))];
  const before = shape.map(() => 0);
  const after = shape.map(() => 0);
  let value = only(cotangents);
  for (const [index, axis] of axes.entries()) {
    const [size, count, step] = [shape[axis] ?? 0, current[axis] ?? 0, steps[index] ?? 1];
    const given = starts[index] ?? 0;
    const start = Math.min(Math.max(given < 0 ? given + size : given, 0), step < 0 ? size - 1 : size);
    if (step === 1) {
      before[axis] = start;
      after[axis] = size - start - count;
      continue;
    }
    const matrix = axisMatrix(count, size, (add) => {
      for (let at = 0; at < count; at += 1) add(at, start + at * step, 1);
    });
    value = transposedAlongAxis(context, value, current, axis, matrix);
    current[axis] = size;
  }
  return [padded(context, value, before, after)];
};

function padded(context: RuleContext, value: string, before: readonly number[], after: readonly number[]): string {
  if ([...before, ...after].every((one) => one === 0)) return value;
  return context.emit('Pad', [value, context.ints([...before, ...after])]);
}

const pad: GradientRule = async (node, cotangents, context) => {
  const shape = context.shapeOf(inputOf(node, 0));
  const mode = stringAttribute(node, 'mode', 'constant');
  const given = await constantNumbers(node, 1, context);
  const axes = hasInput(node, 3) ? (await constantNumbers(node, 3, context)).map((axis) => axisOf(axis, shape.length)) : shape.map((_, axis) => axis);
  const [before, after] = [shape.map(() => 0), shape.map(() => 0)];
  for (const [index, axis] of axes.entries()) {
    before[axis] = given[index] ?? 0;
    after[axis] = given[index + axes.length] ?? 0;
  }
  if (mode === 'constant') return [padded(context, only(cotangents), before.map(negated), after.map(negated))];
  const current = [...context.shapeOf(outputOf(node))];
  let value = only(cotangents);
  for (const axis of shape.keys()) {
    if (before[axis] === 0 && after[axis] === 0) continue;
    const [size, wide] = [shape[axis] ?? 1, current[axis] ?? 1];
    const matrix = axisMatrix(wide, size, (add) => {
      for (let at = 0; at < wide; at += 1) add(at, sourceOf(at - (before[axis] ?? 0), size, mode, node), 1);
    });
    value = transposedAlongAxis(context, value, current, axis, matrix);
    current[axis] = size;
  }
  return [value];
};

const negated = (value: number): number => (value === 0 ? 0 : -value);

/** Which input a padded place repeats. */
function sourceOf(place: number, size: number, mode: string, node: OnnxNode): number {
  if (mode === 'edge') return Math.min(Math.max(place, 0), size - 1);
  if (mode === 'wrap') return ((place % size) + size) % size;
  if (mode !== 'reflect') throw unsupported(node, `mode ${mode}`);
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const at = ((place % period) + period) % period;
  return at < size ? at : period - at;
}

const expand: GradientRule = async (node, cotangents, context) => [
  sumToShape(context, only(cotangents), context.shapeOf(outputOf(node)), context.shapeOf(inputOf(node, 0))),
];

const tile: GradientRule = async (node, cotangents, context) => {
  const shape = context.shapeOf(inputOf(node, 0));
  const wide = context.shapeOf(outputOf(node));
  const apart = context.emit('Reshape', [only(cotangents), context.ints(shape.flatMap((size, axis) => [size === 0 ? 0 : (wide[axis] ?? 0) / size, size]))]);
  return [reduceSum(context, apart, shape.map((_, axis) => 2 * axis), false)];
};

/** TensorProto numbers of the float types that are not float32. */
const OTHER_FLOATS: ReadonlySet<number> = new Set([10, 11, 16]);

const cast: GradientRule = async (node, cotangents) => {
  const to = intAttribute(node, 'to', 1);
  if (OTHER_FLOATS.has(to)) throw unsupported(node, 'gradients are float32, the graph goes on in another float type');
  return [to === 1 ? only(cotangents) : undefined];
};

const depthToSpace: GradientRule = async (node, cotangents, context) => {
  const block = intAttribute(node, 'blocksize', 1);
  if (stringAttribute(node, 'mode', 'DCR') === 'DCR') return [context.emit('SpaceToDepth', [only(cotangents)], { blocksize: attribute.int(block) })];
  const [n = 1, c = 1, h = 1, w = 1] = context.shapeOf(inputOf(node, 0));
  const apart = context.emit('Reshape', [only(cotangents), context.ints([n, c / (block * block), h, block, w, block])]);
  return [context.emit('Reshape', [transpose(context, apart, [0, 1, 3, 5, 2, 4]), context.ints([n, c, h, w])])];
};

const spaceToDepth: GradientRule = async (node, cotangents, context) => [
  context.emit('DepthToSpace', [only(cotangents)], { blocksize: attribute.int(intAttribute(node, 'blocksize', 1)) }),
];

const trilu: GradientRule = async (node, cotangents, context) => [
  context.emit('Trilu', [only(cotangents), ...node.inputs.slice(1)], { upper: attribute.int(intAttribute(node, 'upper', 1)) }),
];

/** Dropout at inference, when nothing took it out before. */
const dropout: GradientRule = async (node, cotangents, context) => {
  const training = hasInput(node, 2) ? await context.constantOf(inputOf(node, 2)) : undefined;
  if (hasInput(node, 2) && training?.[0] !== 0) throw unsupported(node, 'it is in training mode');
  return [only(cotangents)];
};

const where: GradientRule = async (node, cotangents, context) => {
  const [condition, left, right] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  const wide = context.shapeOf(outputOf(node));
  const zero = context.floats([0]);
  const part = (isLeft: boolean, name: string): string | undefined => {
    if (!context.isWanted(name)) return undefined;
    const chosen = context.emit('Where', isLeft ? [condition, only(cotangents), zero] : [condition, zero, only(cotangents)]);
    return sumToShape(context, chosen, wide, context.shapeOf(name));
  };
  return [undefined, part(true, left), part(false, right)];
};

/** Shape arithmetic feels no numbers. */
const stopped: GradientRule = async () => [];

export const shapeRules: RuleTable = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: transposeRule,
  Concat: concat,
  Split: split,
  Slice: sliceRule,
  Pad: pad,
  Expand: expand,
  Tile: tile,
  Cast: cast,
  Dropout: dropout,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Trilu: trilu,
  Where: where,
  Shape: stopped,
  Size: stopped,
};
