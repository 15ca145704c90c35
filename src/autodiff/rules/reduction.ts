import { attribute } from '../../onnx/build.ts';
import type { OnnxNode } from '../../onnx/onnx-model.ts';
import { asFloat, axisOf, constantNumbers, elementCount, hasInput, inputOf, intAttribute, only, outputOf, reduceSum, reshape, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';

interface Reduced {
  readonly x: string;
  /** Output and cotangent with the reduced axes kept as ones, so that they broadcast against x. */
  readonly y: () => string;
  readonly cotangent: string;
  readonly axes: readonly number[];
  readonly shape: readonly number[];
  readonly context: RuleContext;
}

async function axesOf(node: OnnxNode, rank: number, context: RuleContext): Promise<readonly number[]> {
  const given = hasInput(node, 1) ? await constantNumbers(node, 1, context) : [];
  if (given.length > 0) return given.map((axis) => axisOf(axis, rank));
  return intAttribute(node, 'noop_with_empty_axes', 0) === 1 ? [] : Array.from({ length: rank }, (_, axis) => axis);
}

function reduction(gradient: (reduced: Reduced) => string): GradientRule {
  return async (node, cotangents, context) => {
    const x = inputOf(node, 0);
    const shape = context.shapeOf(x);
    const axes = await axesOf(node, shape.length, context);
    const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const output = context.shapeOf(outputOf(node));
    const wide = (value: string): string => reshape(context, value, output, kept);
    return [gradient({ x, y: () => wide(outputOf(node)), cotangent: wide(only(cotangents)), axes, shape, context })];
  };
}

const spread = ({ cotangent, shape, context }: Reduced): string => context.emit('Expand', [cotangent, context.ints(shape)]);

/** Where several entries are extreme they share the gradient, as in torch. */
const extreme = ({ x, y, cotangent, axes, context }: Reduced): string => {
  const isExtreme = asFloat(context, context.emit('Equal', [x, y()]));
  return context.emit('Mul', [isExtreme, context.emit('Div', [cotangent, reduceSum(context, isExtreme, axes, true)])]);
};

/** The least positive normal float: keeps 0/0 out of the gradient of a norm at zero, which is taken as 0. */
const TINY = 1.1754943508222875e-38;

const cumSum: GradientRule = async (node, cotangents, context) => [
  context.emit('CumSum', [only(cotangents), inputOf(node, 1)], {
    reverse: attribute.int(1 - intAttribute(node, 'reverse', 0)),
    exclusive: attribute.int(intAttribute(node, 'exclusive', 0)),
  }),
];

export const reductionRules: RuleTable = {
  ReduceSum: reduction(spread),
  ReduceMean: reduction((one) => {
    const count = elementCount(one.axes.map((axis) => one.shape[axis] ?? 1));
    return spread({ ...one, cotangent: one.context.emit('Mul', [one.cotangent, one.context.floats([1 / count])]) });
  }),
  ReduceMax: reduction(extreme),
  ReduceMin: reduction(extreme),
  ReduceL1: reduction(({ x, cotangent, context }) => context.emit('Mul', [cotangent, context.emit('Sign', [x])])),
  ReduceL2: reduction(({ x, y, cotangent, context }) => context.emit('Mul', [x, context.emit('Div', [cotangent, context.emit('Max', [y(), context.floats([TINY])])])])),
  ReduceSumSquare: reduction(({ x, cotangent, context }) => context.emit('Mul', [context.emit('Mul', [cotangent, context.floats([2])]), x])),
  ReduceLogSumExp: reduction(({ x, y, cotangent, context }) => context.emit('Mul', [cotangent, context.emit('Exp', [context.emit('Sub', [x, y()])])])),
  ReduceLogSum: reduction((one) => spread({ ...one, cotangent: one.context.emit('Mul', [one.cotangent, one.context.emit('Exp', [one.context.emit('Neg', [one.y()])])]) })),
  // Entries of zero would need the product of the others; a network has none there.
  ReduceProd: reduction(({ x, y, cotangent, context }) => context.emit('Div', [context.emit('Mul', [cotangent, y()]), x])),
  CumSum: cumSum,
};
