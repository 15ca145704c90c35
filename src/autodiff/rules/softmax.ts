import { axisOf, intAttribute, only, outputOf, reduceSum, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';
import type { OnnxNode } from '../../onnx/onnx-model.ts';

function axesOf(node: OnnxNode, context: RuleContext): readonly number[] {
  return [axisOf(intAttribute(node, 'axis', -1), context.shapeOf(outputOf(node)).length)];
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
