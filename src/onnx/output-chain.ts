import { constantValue } from './constant-value.ts';
import { isOperator, textAttribute, type GraphIndex } from './graph-index.ts';
import type { OnnxNode } from './onnx-model.ts';

export type OutputKind = 'logits' | 'probabilities' | 'log-probabilities';

/** The way from an output back to the layer that makes class scores. */
export interface OutputChain {
  readonly kind: OutputKind;
  /** The operator that made scores into probabilities, for messages. */
  readonly activation: OnnxNode | undefined;
  /** Class scores before that operator, and the output itself when there is none. */
  readonly logitsValue: string;
  /** The node that is neither an activation nor a change of shape, type or scale: Gemm, MatMul, Conv, Add ... */
  readonly layer: OnnxNode | undefined;
  /** The output of `layer`. */
  readonly layerValue: string;
}

/** Rearrange or copy what they get. */
const SHAPE_OPERATORS = ['Identity', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Cast', 'Dropout', 'Transpose'] as const;

/** Between a convolution that makes one map a class and the scores. */
const POOLING_OPERATORS = ['GlobalAveragePool', 'GlobalMaxPool', 'ReduceMean', 'ReduceMax', 'AveragePool', 'Relu', 'Clip'] as const;

/** Steps back from the output; networks have two or three. */
const MAX_STEPS = 24;

/** Follows an output back through activations, changes of shape and pooling to the layer that makes the scores. */
export async function followOutput(index: GraphIndex, output: string): Promise<OutputChain> {
  let kind: OutputKind = 'logits';
  let activation: OnnxNode | undefined;
  let logitsValue = output;
  let value = output;
  let isScaled = false;
  for (let step = 0; step < MAX_STEPS; step++) {
    const node = index.producers.get(value);
    if (node === undefined) break;
    if (isOperator(node, 'Softmax', 'LogSoftmax', 'Sigmoid') && activation === undefined && !isScaled) {
      // Log of a softmax, as written out by exporters that know no LogSoftmax.
      kind = kind === 'log-probabilities' || node.opType === 'LogSoftmax' ? 'log-probabilities' : 'probabilities';
      activation = node;
      value = node.inputs[0] ?? '';
      logitsValue = value;
    } else if (isOperator(node, 'Log') && activation === undefined && !isScaled) {
      const before = index.producers.get(node.inputs[0] ?? '');
      if (!isOperator(before, 'Softmax')) break;
      kind = 'log-probabilities';
      value = node.inputs[0] ?? '';
    } else if (isOperator(node, ...SHAPE_OPERATORS, ...POOLING_OPERATORS)) {
      value = node.inputs[0] ?? '';
    } else {
      const scaled = await unscaled(index, node);
      if (scaled === undefined) break;
      isScaled = true;
      value = scaled;
    }
  }
  return { kind, activation, logitsValue, layer: index.producers.get(value), layerValue: value };
}

/** The other operand of a multiplication or division by one number: a temperature. */
async function unscaled(index: GraphIndex, node: OnnxNode): Promise<string | undefined> {
  if (!isOperator(node, 'Mul', 'Div')) return undefined;
  const [left = '', right = ''] = node.inputs;
  if ((await constantValue(index, right))?.values.length === 1) return left;
  if (node.opType === 'Mul' && (await constantValue(index, left))?.values.length === 1) return right;
  return undefined;
}

/** Class scores made by an operator of ai.onnx.ml: scikit-learn, XGBoost, LightGBM. */
export interface ClassicalClassifier {
  readonly node: OnnxNode;
  readonly kind: OutputKind;
  readonly classCount: number;
}

/** The ai.onnx.ml classifier behind a score output, if that is what made it. */
export function classicalClassifier(index: GraphIndex, output: string): ClassicalClassifier | undefined {
  let value = output;
  let isNormalized = false;
  for (let step = 0; step < MAX_STEPS; step++) {
    const node = index.producers.get(value);
    if (node === undefined) return undefined;
    if (node.domain === 'ai.onnx.ml' && node.opType.endsWith('Classifier')) {
      if (node.outputs[1] !== value) return undefined;
      const transform = textAttribute(node, 'post_transform', 'NONE');
      // Leaves of a forest hold shares of the classes; its scores are probabilities without any transformation.
      const isForest = node.opType === 'TreeEnsembleClassifier' && transform === 'NONE';
      const kind = isNormalized || isForest || ['SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO'].includes(transform) ? 'probabilities' : 'logits';
      return { node, kind, classCount: labelCount(node) };
    }
    if (node.domain === 'ai.onnx.ml' && node.opType === 'Normalizer') isNormalized = true;
    else if (!isOperator(node, 'Identity', 'Cast', 'Reshape')) return undefined;
    value = node.inputs[0] ?? '';
  }
  return undefined;
}

/** Labels that an ai.onnx.ml operator (classifier, ZipMap) lists, as numbers or as texts. */
export function labelCount(node: OnnxNode): number {
  for (const name of ['classlabels_int64s', 'classlabels_ints', 'classlabels_strings']) {
    const attribute = node.attributes.get(name);
    if ((attribute?.type === 'ints' || attribute?.type === 'strings') && attribute.value.length > 0) return attribute.value.length;
  }
  return 0;
}
