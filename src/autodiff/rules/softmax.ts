import { intAttribute, only, reduceSum, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';
import type { OnnxNode } from '../../onnx/onnx-model.ts';

/** From opset 13 one axis; before, all axes from `axis` on are one (the input is flattened to a matrix). */
function axesOf(node: OnnxNode, context: RuleContext): readonly number[] {
  const rank = context.shapeOf(node.outputs[0] ?? '').length;
  const given = intAttribute(node, 'axis', context.opset >= 13 ? -1 : 1);
  const axis = given < 0 ? given + rank : given;
  return context.opset >= 13 ? [axis] : Array.from({ length: rank - axis }, (_, index) => axis + index);
}

/** dx = y · (dy − Σ dy·y). */
const softmax: GradientRule = async (node, cotangents, context) => {
  const y = node.outputs[0] ?? '';
  const dy = only(cotangents);
  const shared = reduceSum(context, context.emit('Mul', [dy, y]), axesOf(node, context), true);
  return [context.emit('Mul', [y, context.emit('Sub', [dy, shared])])];
};

/** dx = dy − softmax(x) · Σ dy. */
const logSoftmax: GradientRule = async (node, cotangents, context) => {
  const dy = only(cotangents);
  const probabilities = context.emit('Exp', [node.outputs[0] ?? '']);
  const shared = reduceSum(context, dy, axesOf(node, context), true);
  return [context.emit('Sub', [dy, context.emit('Mul', [probabilities, shared])])];
};

export const softmaxRules: RuleTable = { Softmax: softmax, LogSoftmax: logSoftmax };
