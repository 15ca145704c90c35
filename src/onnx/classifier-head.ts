import { constantValue, type ConstantValue } from './constant-value.ts';
import { chooseOutput } from './describe-classifier/choose-output.ts';
import { floatAttribute, floatsAttribute, indexGraph, intAttribute, intsAttribute, isOperator, type GraphIndex } from './graph-index.ts';
import { inlineFunctions } from './inline-functions.ts';
import { matrixRows, rowsOfValues, type MatrixRows } from './matrix-rows.ts';
import type { OnnxModel, OnnxNode } from './onnx-model.ts';
import { classicalClassifier, followOutput } from './output-chain.ts';

/** The linear layer that makes class scores of features: scores = weights · features + bias. */
export interface ClassifierHead {
  readonly node: OnnxNode;
  /** Tensor the weights come from. */
  readonly weightName: string;
  readonly classCount: number;
  readonly featureCount: number;
  /** One row of weights a class. */
  readonly weights: MatrixRows;
  /** Length classCount. */
  readonly bias?: Float32Array;
  /** Value that enters the layer, [batch, featureCount] or, before a 1×1 convolution, [batch, featureCount, height, width]. */
  readonly featuresValue: string;
  /** False when that value lies inside a model-local function, where no engine hands it out. */
  readonly isFeaturesReachable: boolean;
  /** Class scores before softmax or sigmoid, [batch, classCount] after pooling. */
  readonly logitsValue: string;
}

/** The last Gemm, MatMul (with or without Add), 1×1 convolution or ai.onnx.ml LinearClassifier before the class scores. */
export async function findClassifierHead(model: OnnxModel): Promise<ClassifierHead | undefined> {
  const flat = inlineFunctions(model);
  const index = indexGraph(flat.graph);
  const output = await chooseOutput(index);
  if ('absence' in output) return undefined;
  const head = await findHeadBefore(index, output.name);
  if (head === undefined || flat === model) return head;
  const own = new Set([...model.graph.inputs.map((input) => input.name), ...model.graph.nodes.flatMap((node) => node.outputs)]);
  return { ...head, isFeaturesReachable: own.has(head.featuresValue) };
}

/** The same for one value of a graph. */
export async function findHeadBefore(index: GraphIndex, output: string): Promise<ClassifierHead | undefined> {
  const classical = classicalClassifier(index, output);
  if (classical !== undefined) return linearClassifierHead(classical.node, classical.classCount, output);
  const { layer, logitsValue } = await followOutput(index, output);
  if (layer === undefined) return undefined;
  if (isOperator(layer, 'Gemm')) return gemmHead(index, layer, logitsValue);
  if (isOperator(layer, 'MatMul')) return matMulHead(index, layer, logitsValue, undefined);
  if (isOperator(layer, 'Conv')) return convolutionHead(index, layer, logitsValue);
  if (isOperator(layer, 'Add')) return biasedHead(index, layer, logitsValue);
  return undefined;
}

/** MatMul or Conv, then Add of a constant with one number a class, on either side. */
async function biasedHead(index: GraphIndex, add: OnnxNode, logitsValue: string): Promise<ClassifierHead | undefined> {
  const [left = '', right = ''] = add.inputs;
  for (const [computed, constant] of [[left, right], [right, left]] as const) {
    const bias = await constantValue(index, constant);
    if (bias === undefined) continue;
    let layer = index.producers.get(computed);
    // A dense layer of TensorFlow may be reshaped or transposed before its bias is added.
    for (let step = 0; isOperator(layer, 'Identity', 'Reshape', 'Squeeze', 'Flatten') && step < 4; step++) layer = index.producers.get(layer.inputs[0] ?? '');
    if (layer === undefined) continue;
    if (isOperator(layer, 'MatMul')) return matMulHead(index, layer, logitsValue, bias);
    if (isOperator(layer, 'Gemm') && (layer.inputs[2] ?? '') === '') return gemmHead(index, layer, logitsValue, bias);
    if (isOperator(layer, 'Conv') && (layer.inputs[2] ?? '') === '') return convolutionHead(index, layer, logitsValue, bias);
  }
  return undefined;
}

interface Layer {
  readonly node: OnnxNode;
  readonly weights: MatrixRows | undefined;
  readonly bias: ConstantValue | undefined;
  readonly biasScale?: number;
  readonly featuresValue: string;
  readonly logitsValue: string;
}

/** A head has two classes at least; a bias that fits no class leaves the weights without one. */
function headOf(layer: Layer): ClassifierHead | undefined {
  const { weights } = layer;
  if (weights === undefined || weights.rowCount < 2) return undefined;
  const { rowCount: classCount, columnCount: featureCount } = weights;
  const bias = biasOf(layer.bias, classCount, layer.biasScale ?? 1);
  return {
    node: layer.node,
    weightName: weights.origin,
    classCount,
    featureCount,
    weights,
    ...(bias === undefined ? {} : { bias }),
    featuresValue: layer.featuresValue,
    isFeaturesReachable: true,
    logitsValue: layer.logitsValue,
  };
}

function biasOf(bias: ConstantValue | undefined, classCount: number, scale: number): Float32Array | undefined {
  if (bias === undefined) return undefined;
  if (bias.values.length === 1) return new Float32Array(classCount).fill((bias.values[0] ?? 0) * scale);
  return bias.values.length === classCount ? scaled(bias.values, scale) : undefined;
}

function scaled(values: Float32Array | Float64Array, scale: number): Float32Array {
  return scale === 1 ? Float32Array.from(values) : Float32Array.from(values, (value) => value * scale);
}

async function gemmHead(index: GraphIndex, node: OnnxNode, logitsValue: string, laterBias?: ConstantValue): Promise<ClassifierHead | undefined> {
  const [features = '', matrix = '', constant = ''] = node.inputs;
  if (intAttribute(node, 'transA', 0) !== 0) return undefined;
  const weights = await matrixRows(index, matrix, { isTransposed: intAttribute(node, 'transB', 0) === 0, scale: floatAttribute(node, 'alpha', 1) });
  const bias = laterBias ?? (constant === '' ? undefined : await constantValue(index, constant));
  const biasScale = laterBias === undefined ? floatAttribute(node, 'beta', 1) : 1;
  return headOf({ node, weights, bias, biasScale, featuresValue: features, logitsValue });
}

async function matMulHead(index: GraphIndex, node: OnnxNode, logitsValue: string, bias: ConstantValue | undefined): Promise<ClassifierHead | undefined> {
  const [features = '', matrix = ''] = node.inputs;
  return headOf({ node, weights: await matrixRows(index, matrix, { isTransposed: true }), bias, featuresValue: features, logitsValue });
}

/** A convolution of one place: the same linear layer at every pixel. */
async function convolutionHead(index: GraphIndex, node: OnnxNode, logitsValue: string, laterBias?: ConstantValue): Promise<ClassifierHead | undefined> {
  const [features = '', kernel = '', constant = ''] = node.inputs;
  if (intAttribute(node, 'group', 1) !== 1 || intsAttribute(node, 'pads')?.some((pad) => pad !== 0) === true) return undefined;
  const weights = await matrixRows(index, kernel, { isKernel: true });
  const bias = laterBias ?? (constant === '' ? undefined : await constantValue(index, constant));
  return headOf({ node, weights, bias, featuresValue: features, logitsValue });
}

function linearClassifierHead(node: OnnxNode, classCount: number, output: string): ClassifierHead | undefined {
  if (node.opType !== 'LinearClassifier') return undefined;
  const coefficients = floatsAttribute(node, 'coefficients') ?? [];
  const featureCount = coefficients.length / classCount;
  if (!Number.isInteger(featureCount)) return undefined;
  const intercepts = floatsAttribute(node, 'intercepts');
  return headOf({
    node,
    weights: featureCount < 1 ? undefined : rowsOfValues(`${node.outputs[1] ?? output}/coefficients`, [classCount, featureCount], Float32Array.from(coefficients)),
    bias: intercepts === undefined ? undefined : { origin: '', shape: [intercepts.length], values: Float32Array.from(intercepts) },
    featuresValue: node.inputs[0] ?? '',
    // The operator's scores come after its own transformation; there is no value before it.
    logitsValue: node.outputs[1] ?? output,
  });
}
