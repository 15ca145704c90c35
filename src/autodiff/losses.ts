import { attribute, graphBuilder, modelOf, type GraphBuilder } from '../onnx/build.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';

/**
 * Losses on `logits` [batch, classes] as graphs for {@link compose}. All take `labels` (int64 [batch]) and publish
 * `losses` (float [batch]); `loss` (scalar) is their weighted mean when the loss takes `weights` (float [batch]), else
 * their mean. Labels and weights are feeds, so one session serves every target class.
 */
export type LossName = 'cross-entropy' | 'margin' | 'logit';

export interface LossOptions {
  readonly batch: number;
  readonly classCount: number;
  /** Adds the feed `weights`: loss = Σ weights · losses (no division). Negative weights turn a loss around. */
  readonly weighted?: boolean;
  /** Of `margin`: how far the labelled class has to lead before a sample costs nothing more; at least 0. Default: no limit. */
  readonly confidence?: number;
}

/** Logit no class has; takes the labelled class out of a maximum. */
const BELOW_ALL = 1e30;

/** As written here they are valid in every later opset. */
const OPSET = 18;

/**
 * `cross-entropy`: −log softmax at the label. `margin`: largest other logit minus the labelled one, at least −confidence
 * (Carlini and Wagner 2017, arXiv:1608.04644, f₆). `logit`: minus the labelled logit.
 */
export function lossModel(name: LossName, options: LossOptions): OnnxModel {
  const { batch, classCount, weighted = false, confidence } = options;
  const builder = graphBuilder();
  const logits = builder.input('logits', 'float', [batch, classCount]);
  const labels = builder.input('labels', 'int64', [batch]);
  const oneHot = builder.node('OneHot', [
    labels,
    builder.constant('classCount', BigInt64Array.of(BigInt(classCount)), [1]),
    builder.constant('offAndOn', Float32Array.of(0, 1), [2]),
  ]);
  const losses =
    name === 'cross-entropy' ? crossEntropy(builder, logits, oneHot)
    : name === 'margin' ? margin(builder, logits, oneHot, confidence)
    : builder.node('Neg', [picked(builder, logits, oneHot)]);
  builder.node('Identity', [losses], { outputs: ['losses'] });
  const rows = builder.constant('rows', BigInt64Array.of(0n), [1]);
  if (weighted) {
    const weights = builder.input('weights', 'float', [batch]);
    builder.node('ReduceSum', [builder.node('Mul', [losses, weights]), rows], { outputs: ['loss'], attributes: { keepdims: attribute.int(0) } });
  } else {
    builder.node('ReduceMean', [losses, rows], { outputs: ['loss'], attributes: { keepdims: attribute.int(0) } });
  }
  builder.output('loss', 'float', []);
  builder.output('losses', 'float', [batch]);
  return modelOf(builder.graph('loss'), { opsetImports: { '': OPSET } });
}

/** The entry of each row at its label. */
function picked(builder: GraphBuilder, values: string, oneHot: string): string {
  const columns = builder.constant(builder.fresh('columns'), BigInt64Array.of(1n), [1]);
  return builder.node('ReduceSum', [builder.node('Mul', [values, oneHot]), columns], { attributes: { keepdims: attribute.int(0) } });
}

function crossEntropy(builder: GraphBuilder, logits: string, oneHot: string): string {
  return builder.node('Neg', [picked(builder, builder.node('LogSoftmax', [logits], { attributes: { axis: attribute.int(-1) } }), oneHot)]);
}

function margin(builder: GraphBuilder, logits: string, oneHot: string, confidence: number | undefined): string {
  const columns = builder.constant('otherColumns', BigInt64Array.of(1n), [1]);
  const others = builder.node('Sub', [logits, builder.node('Mul', [oneHot, builder.constant('belowAll', Float32Array.of(BELOW_ALL), [])])]);
  const largest = builder.node('ReduceMax', [others, columns], { attributes: { keepdims: attribute.int(0) } });
  const lead = builder.node('Sub', [largest, picked(builder, logits, oneHot)]);
  return confidence === undefined ? lead : builder.node('Max', [lead, builder.constant('confidence', Float32Array.of(-confidence), [])]);
}
