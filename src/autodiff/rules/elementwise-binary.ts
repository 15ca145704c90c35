import { inputOf, only, sumToShape, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';

interface Operands {
  readonly left: string;
  readonly right: string;
  readonly output: string;
  /** Of the output, in its (broadcast) shape. */
  readonly cotangent: string;
  readonly context: RuleContext;
}

/** TensorProto.FLOAT. */
const FLOAT = { type: 'int', value: 1n } as const;

type Partial = (operands: Operands) => string;

/** An operator of two operands with NumPy broadcasting: each gradient is summed back to its operand's shape. */
function binary(ofLeft: Partial, ofRight: Partial): GradientRule {
  return async (node, cotangents, context) => {
    const [left, right] = [inputOf(node, 0), inputOf(node, 1)];
    const operands = { left, right, output: node.outputs[0] ?? '', cotangent: only(cotangents), context };
    const wide = context.shapeOf(operands.output);
    return [
      context.isWanted(left) ? sumToShape(context, ofLeft(operands), wide, context.shapeOf(left)) : undefined,
      context.isWanted(right) ? sumToShape(context, ofRight(operands), wide, context.shapeOf(right)) : undefined,
    ];
  };
}

/** d/dx x^y = y · x^(y−1). The exponent may be of an integer type. */
const powBase: Partial = ({ left, right, cotangent, context }) => {
  const exponent = context.emit('Cast', [right], { to: FLOAT });
  const lower = context.emit('Sub', [exponent, context.floats([1])]);
  return context.emit('Mul', [cotangent, context.emit('Mul', [exponent, context.emit('Pow', [left, lower])])]);
};

/** d/dy x^y = x^y · ln x, and 0 where x is 0 (as torch has it). */
const powExponent: Partial = ({ left, output, cotangent, context }) => {
  const isZero = context.emit('Equal', [left, context.floats([0])]);
  const safe = context.emit('Where', [isZero, context.floats([1]), left]);
  return context.emit('Mul', [cotangent, context.emit('Mul', [output, context.emit('Log', [safe])])]);
};

/** Min and Max of any number of operands. Where several are extreme the gradient is shared equally, as torch does. */
const extremum: GradientRule = async (node, cotangents, context) => {
  const output = node.outputs[0] ?? '';
  const wide = context.shapeOf(output);
  const ties = node.inputs.map((input) => context.emit('Cast', [context.emit('Equal', [input, output])], { to: FLOAT }));
  const count = ties.length === 1 ? ties[0] ?? '' : context.emit('Sum', ties);
  const share = context.emit('Div', [only(cotangents), count]);
  return node.inputs.map((input, index) =>
    context.isWanted(input) ? sumToShape(context, context.emit('Mul', [share, ties[index] ?? '']), wide, context.shapeOf(input)) : undefined,
  );
};

const sum: GradientRule = async (node, cotangents, context) => {
  const wide = context.shapeOf(node.outputs[0] ?? '');
  return node.inputs.map((input) => (context.isWanted(input) ? sumToShape(context, only(cotangents), wide, context.shapeOf(input)) : undefined));
};

const mean: GradientRule = async (node, cotangents, context) => {
  const share = context.emit('Mul', [only(cotangents), context.floats([1 / node.inputs.length])]);
  return sum(node, [share], context);
};

export const elementwiseBinaryRules: RuleTable = {
  Add: binary(({ cotangent }) => cotangent, ({ cotangent }) => cotangent),
  Sub: binary(({ cotangent }) => cotangent, ({ cotangent, context }) => context.emit('Neg', [cotangent])),
  Mul: binary(
    ({ cotangent, right, context }) => context.emit('Mul', [cotangent, right]),
    ({ cotangent, left, context }) => context.emit('Mul', [cotangent, left]),
  ),
  Div: binary(
    ({ cotangent, right, context }) => context.emit('Div', [cotangent, right]),
    ({ cotangent, right, output, context }) => context.emit('Neg', [context.emit('Div', [context.emit('Mul', [cotangent, output]), right])]),
  ),
  Pow: binary(powBase, powExponent),
  // The remainder moves with the dividend, and against the divisor by the whole part of the quotient.
  Mod: binary(
    ({ cotangent }) => cotangent,
    ({ cotangent, left, right, output, context }) => {
      const whole = context.emit('Div', [context.emit('Sub', [output, left]), right]);
      return context.emit('Mul', [cotangent, context.emit('Round', [whole])]);
    },
  ),
  Min: extremum,
  Max: extremum,
  Sum: sum,
  Mean: mean,
};
