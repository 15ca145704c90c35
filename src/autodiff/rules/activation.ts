import { asFloat, hasInput, inputOf, only, outputOf, sumToShape, type GradientRule, type RuleTable } from '../rule.ts';

/** Felt where the value passed unchanged, its limits included (as in torch's clamp). */
const clip: GradientRule = async (node, cotangents, context) => {
  const x = inputOf(node, 0);
  if (!hasInput(node, 1) && !hasInput(node, 2)) return [only(cotangents)];
  return [context.emit('Mul', [only(cotangents), asFloat(context, context.emit('Equal', [x, outputOf(node)]))])];
};

const pRelu: GradientRule = async (node, cotangents, context) => {
  const [x, slope] = [inputOf(node, 0), inputOf(node, 1)];
  const shape = context.shapeOf(x);
  const zero = context.floats([0]);
  const dx = (): string => context.emit('Mul', [only(cotangents), context.emit('Where', [context.emit('Greater', [x, zero]), context.floats([1]), slope])]);
  const dSlope = (): string => sumToShape(context, context.emit('Mul', [only(cotangents), context.emit('Min', [x, zero])]), shape, context.shapeOf(slope));
  return [context.isWanted(x) ? dx() : undefined, context.isWanted(slope) ? dSlope() : undefined];
};

export const activationRules: RuleTable = { Clip: clip, PRelu: pRelu };
