import type { RuleTable } from '../rule.ts';
import { activationRules } from './activation.ts';
import { convolutionRules } from './convolution.ts';
import { einsumRules } from './einsum.ts';
import { elementwiseBinaryRules } from './elementwise-binary.ts';
import { elementwiseUnaryRules } from './elementwise-unary.ts';
import { gridSampleRules } from './grid-sample.ts';
import { indexingRules } from './indexing.ts';
import { linearRules } from './linear.ts';
import { normalizationRules } from './normalization.ts';
import { poolingRules } from './pooling.ts';
import { reductionRules } from './reduction.ts';
import { resizeRules } from './resize.ts';
import { shapeRules } from './shape.ts';
import { softmaxRules } from './softmax.ts';

/** Gradient rules of the ai.onnx domain by family; docs/autodiff.md lists them. */
export const ruleFamilies: Readonly<Record<string, RuleTable>> = {
  activation: activationRules,
  convolution: convolutionRules,
  einsum: einsumRules,
  'elementwise-binary': elementwiseBinaryRules,
  'elementwise-unary': elementwiseUnaryRules,
  'grid-sample': gridSampleRules,
  indexing: indexingRules,
  linear: linearRules,
  normalization: normalizationRules,
  pooling: poolingRules,
  reduction: reductionRules,
  resize: resizeRules,
  shape: shapeRules,
  softmax: softmaxRules,
};

/** Gradient rules by operator. */
export const gradientRules: RuleTable = Object.assign({}, ...Object.values(ruleFamilies));
