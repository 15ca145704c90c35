import { attribute } from '../../onnx/build.ts';
import { floatAttribute, inputOf, only, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';
import type { OnnxNode } from '../../onnx/onnx-model.ts';

interface Operand {
  readonly x: string;
  readonly y: string;
  readonly node: OnnxNode;
  readonly context: RuleContext;
}

/** dL/dx = dL/dy · f′, with f′ written in terms of the input x and the output y. */
function unary(derivative: (operand: Operand) => string): GradientRule {
  return async (node, cotangents, context) => [
    context.emit('Mul', [only(cotangents), derivative({ x: inputOf(node, 0), y: node.outputs[0] ?? '', node, context })]),
  ];
}

const negated: GradientRule = async (_, cotangents, context) => [context.emit('Neg', [only(cotangents)])];
const passed: GradientRule = async (_, cotangents) => [only(cotangents)];
/** Piecewise constant, or not differentiable by nature. */
const stopped: GradientRule = async () => [undefined];

export const elementwiseUnaryRules: RuleTable = {
  Identity: passed,
  Neg: negated,
  Abs: unary(({ x, context }) => context.emit('Sign', [x])),
  Sqrt: unary(({ y, context }) => context.emit('Div', [context.floats([0.5]), y])),
  Reciprocal: unary(({ y, context }) => context.emit('Neg', [context.emit('Mul', [y, y])])),
  Exp: unary(({ y }) => y),
  Log: unary(({ x, context }) => context.emit('Reciprocal', [x])),
  Sin: unary(({ x, context }) => context.emit('Cos', [x])),
  Cos: unary(({ x, context }) => context.emit('Neg', [context.emit('Sin', [x])])),
  Tan: unary(({ y, context }) => context.emit('Add', [context.floats([1]), context.emit('Mul', [y, y])])),
  Asin: unary(({ x, context }) => inverseRoot(context, context.emit('Sub', [context.floats([1]), context.emit('Mul', [x, x])]))),
  Acos: unary(({ x, context }) => context.emit('Neg', [inverseRoot(context, context.emit('Sub', [context.floats([1]), context.emit('Mul', [x, x])]))])),
  Asinh: unary(({ x, context }) => inverseRoot(context, context.emit('Add', [context.emit('Mul', [x, x]), context.floats([1])]))),
  Acosh: unary(({ x, context }) => inverseRoot(context, context.emit('Sub', [context.emit('Mul', [x, x]), context.floats([1])]))),
  Atanh: unary(({ x, context }) => context.emit('Reciprocal', [context.emit('Sub', [context.floats([1]), context.emit('Mul', [x, x])])])),
  Sinh: unary(({ x, context }) => context.emit('Cosh', [x])),
  Cosh: unary(({ x, context }) => context.emit('Sinh', [x])),
  Atan: unary(({ x, context }) => context.emit('Reciprocal', [context.emit('Add', [context.floats([1]), context.emit('Mul', [x, x])])])),
  Erf: unary(({ x, context }) => {
    const gauss = context.emit('Exp', [context.emit('Neg', [context.emit('Mul', [x, x])])]);
    return context.emit('Mul', [gauss, context.floats([2 / Math.sqrt(Math.PI)])]);
  }),
  Tanh: unary(({ y, context }) => context.emit('Sub', [context.floats([1]), context.emit('Mul', [y, y])])),
  Sigmoid: unary(({ y, context }) => context.emit('Mul', [y, context.emit('Sub', [context.floats([1]), y])])),
  Softplus: unary(({ x, context }) => context.emit('Sigmoid', [x])),
  Softsign: unary(({ x, context }) => {
    const wide = context.emit('Add', [context.floats([1]), context.emit('Abs', [x])]);
    return context.emit('Reciprocal', [context.emit('Mul', [wide, wide])]);
  }),
  // y > 0 exactly where x > 0; the sign of the output costs less than a comparison and a cast.
  Relu: unary(({ y, context }) => context.emit('Sign', [y])),
  LeakyRelu: unary(({ x, node, context }) => step(context, x, context.floats([1]), context.floats([floatAttribute(node, 'alpha', 0.01)]))),
  ThresholdedRelu: unary(({ x, node, context }) => {
    const isOn = context.emit('Greater', [x, context.floats([floatAttribute(node, 'alpha', 1)])]);
    return context.emit('Cast', [isOn], { to: attribute.int(1) });
  }),
  Elu: unary(({ x, y, node, context }) => {
    const alpha = context.floats([floatAttribute(node, 'alpha', 1)]);
    return step(context, x, context.floats([1]), context.emit('Add', [y, alpha]));
  }),
  Celu: unary(({ x, node, context }) => {
    const alpha = context.floats([floatAttribute(node, 'alpha', 1)]);
    return step(context, x, context.floats([1]), context.emit('Exp', [context.emit('Div', [context.emit('Min', [x, context.floats([0])]), alpha])]));
  }),
  Selu: unary(({ x, y, node, context }) => {
    const alpha = floatAttribute(node, 'alpha', 1.6732632423543772);
    const gamma = floatAttribute(node, 'gamma', 1.0507009873554805);
    return step(context, x, context.floats([gamma]), context.emit('Add', [y, context.floats([alpha * gamma])]));
  }),
  HardSigmoid: unary(({ y, node, context }) => {
    const alpha = context.floats([floatAttribute(node, 'alpha', 0.2)]);
    return context.emit('Mul', [strictlyInside(context, y, 0, 1), alpha]);
  }),
  // x · hardsigmoid(x; 1/6, 1/2): 0 below −3, 1 above 3, (2x + 3) / 6 between.
  HardSwish: unary(({ x, context }) => {
    const slope = context.emit('Div', [context.emit('Add', [context.emit('Mul', [x, context.floats([2])]), context.floats([3])]), context.floats([6])]);
    const isLow = context.emit('Less', [x, context.floats([-3])]);
    const isHigh = context.emit('Greater', [x, context.floats([3])]);
    return context.emit('Where', [isLow, context.floats([0]), context.emit('Where', [isHigh, context.floats([1]), slope])]);
  }),
  Gelu: unary(gelu),
  Mish: unary(({ x, context }) => {
    const soft = context.emit('Tanh', [context.emit('Softplus', [x])]);
    const inner = context.emit('Sub', [context.floats([1]), context.emit('Mul', [soft, soft])]);
    return context.emit('Add', [soft, context.emit('Mul', [context.emit('Mul', [x, inner]), context.emit('Sigmoid', [x])])]);
  }),
  Ceil: stopped,
  Floor: stopped,
  Round: stopped,
  Sign: stopped,
};

function inverseRoot(context: RuleContext, value: string): string {
  return context.emit('Reciprocal', [context.emit('Sqrt', [value])]);
}

/** `above` where x > 0, `below` elsewhere. */
function step(context: RuleContext, x: string, above: string, below: string): string {
  return context.emit('Where', [context.emit('Greater', [x, context.floats([0])]), above, below]);
}

/** 1 where low < value < high, else 0. */
function strictlyInside(context: RuleContext, value: string, low: number, high: number): string {
  const isAbove = context.emit('Greater', [value, context.floats([low])]);
  const isBelow = context.emit('Less', [value, context.floats([high])]);
  return context.emit('Cast', [context.emit('And', [isAbove, isBelow])], { to: attribute.int(1) });
}

/** Exact: Φ(x) + x·φ(x). With `approximate: tanh`, the derivative of the tanh form (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
function gelu({ x, node, context }: Operand): string {
  const half = context.floats([0.5]);
  const one = context.floats([1]);
  const approximate = node.attributes.get('approximate');
  const square = context.emit('Mul', [x, x]);
  if (approximate?.type === 'string' && new TextDecoder().decode(approximate.value) === 'tanh') {
    const [scale, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
    const inner = context.emit('Mul', [context.emit('Mul', [x, context.floats([scale])]), context.emit('Add', [one, context.emit('Mul', [square, context.floats([cubic])])])]);
    const tanh = context.emit('Tanh', [inner]);
    const slope = context.emit('Mul', [context.floats([scale]), context.emit('Add', [one, context.emit('Mul', [square, context.floats([3 * cubic])])])]);
    const sech = context.emit('Sub', [one, context.emit('Mul', [tanh, tanh])]);
    const second = context.emit('Mul', [context.emit('Mul', [x, sech]), slope]);
    return context.emit('Mul', [half, context.emit('Add', [context.emit('Add', [one, tanh]), second])]);
  }
  const cdf = context.emit('Mul', [half, context.emit('Add', [one, context.emit('Erf', [context.emit('Mul', [x, context.floats([Math.SQRT1_2])])])])]);
  const density = context.emit('Mul', [context.emit('Exp', [context.emit('Mul', [square, context.floats([-0.5])])]), context.floats([1 / Math.sqrt(2 * Math.PI)])]);
  return context.emit('Add', [cdf, context.emit('Mul', [x, density])]);
}
