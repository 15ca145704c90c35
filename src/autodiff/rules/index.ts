import type { RuleTable } from '../rule.ts';
import { convolutionRules } from './convolution.ts';
import { elementwiseBinaryRules } from './elementwise-binary.ts';
import { elementwiseUnaryRules } from './elementwise-unary.ts';
import { linearRules } from './linear.ts';
import { poolingRules } from './pooling.ts';
import { softmaxRules } from './softmax.ts';

/** Gradient rules by operator of the ai.onnx domain. */
export const gradientRules: RuleTable = {
  ...convolutionRules,
  ...elementwiseBinaryRules,
  ...elementwiseUnaryRules,
  ...linearRules,
  ...poolingRules,
  ...softmaxRules,
};
