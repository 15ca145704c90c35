import { constantValue, transposed, type ConstantValue } from './constant-value.ts';
import { floatAttribute, intAttribute, isOperator, type GraphIndex } from './graph-index.ts';
import type { OnnxNode, OnnxTensor } from './onnx-model.ts';

/** A convolution or matrix product with constant weights, one kernel an output channel. */
export interface LinearLayer {
  readonly node: OnnxNode;
  /** Tensor the weights come from. */
  readonly weightName: string;
  readonly channelCount: number;
  /** A channel's kernel as a matrix: inputs by places (a vector for matrix products). */
  readonly inputCount: number;
  readonly placeCount: number;
  /** Row-major [channelCount, inputCount, placeCount]. */
  readonly weights: Float32Array | Float64Array;
  /** A grouped convolution in which every channel sees one input. */
  readonly isDepthwise: boolean;
  /** What batch normalization right after the layer multiplies each channel by. */
  readonly channelFactors?: Float64Array;
}

/** The layers of a graph in its own order, without subgraphs; those whose weights are computed or not of a shape to read are left out. */
export async function* linearLayers(index: GraphIndex): AsyncGenerator<LinearLayer> {
  for (const node of index.graph.nodes) {
    const layer = await linearLayerOf(index, node);
    if (layer !== undefined) yield layer;
  }
}

/** The layer that one node is; undefined for other operators and where the weights are computed or not of a shape to read. */
export async function linearLayerOf(index: GraphIndex, node: OnnxNode): Promise<LinearLayer | undefined> {
  const kernels = await kernelsOf(index, node);
  if (kernels === undefined) return undefined;
  const [channelCount = 0, inputCount = 0, ...places] = kernels.shape;
  const placeCount = places.reduce((product, size) => product * size, 1);
  if (channelCount === 0 || inputCount === 0 || placeCount === 0) return undefined;
  const channelFactors = await normalizationFactors(index, node, channelCount);
  return {
    node, weightName: kernels.origin, channelCount, inputCount, placeCount, weights: kernels.values,
    isDepthwise: inputCount === 1 && intAttribute(node, 'group', 1) > 1,
    ...(channelFactors === undefined ? {} : { channelFactors }),
  };
}

/** A linear layer whose weights stand in the file as they are, so that they can be read piece by piece. */
export interface StoredLayer extends Pick<LinearLayer, 'channelCount' | 'inputCount' | 'placeCount' | 'channelFactors'> {
  readonly tensor: OnnxTensor & Required<Pick<OnnxTensor, 'raw'>>;
  /** The file has the inputs first: [inputCount, channelCount]. */
  readonly isTransposed: boolean;
  /** What all weights are multiplied by. */
  readonly alpha: number;
}

/** What {@link linearLayerOf} tells of a node without reading its weights; undefined where they are computed, typed or not of a shape to read. */
export async function storedLayerOf(index: GraphIndex, node: OnnxNode): Promise<StoredLayer | undefined> {
  if (!isOperator(node, 'Conv', 'Gemm', 'MatMul')) return undefined;
  const tensor = index.initializers.get(node.inputs[1] ?? '');
  if (tensor?.raw === undefined) return undefined;
  const isConvolution = isOperator(node, 'Conv');
  if (isConvolution ? tensor.dims.length < 3 : tensor.dims.length !== 2) return undefined;
  const isTransposed = isOperator(node, 'MatMul') || (!isConvolution && intAttribute(node, 'transB', 0) === 0);
  const [first = 0, second = 0, ...places] = tensor.dims;
  const [channelCount, inputCount] = isTransposed ? [second, first] : [first, second];
  const placeCount = places.reduce((product, size) => product * size, 1);
  if (channelCount === 0 || inputCount === 0 || placeCount === 0) return undefined;
  const channelFactors = await normalizationFactors(index, node, channelCount);
  return {
    tensor: { ...tensor, raw: tensor.raw }, channelCount, inputCount, placeCount, isTransposed,
    alpha: isOperator(node, 'Gemm') ? floatAttribute(node, 'alpha', 1) : 1,
    ...(channelFactors === undefined ? {} : { channelFactors }),
  };
}

/** Weights with the output channels first: [out, in, ...places]. */
async function kernelsOf(index: GraphIndex, node: OnnxNode): Promise<ConstantValue | undefined> {
  if (!isOperator(node, 'Conv', 'Gemm', 'MatMul')) return undefined;
  const stored = await constantValue(index, node.inputs[1] ?? '');
  if (stored === undefined) return undefined;
  if (isOperator(node, 'Conv')) return stored.shape.length >= 3 ? stored : undefined;
  if (stored.shape.length !== 2) return undefined;
  if (isOperator(node, 'MatMul')) return transposed(stored, [1, 0]);
  const kernels = intAttribute(node, 'transB', 0) === 0 ? transposed(stored, [1, 0]) : stored;
  const alpha = floatAttribute(node, 'alpha', 1);
  return kernels === undefined || alpha === 1 ? kernels : { ...kernels, values: kernels.values.map((value) => value * alpha) };
}

/** gamma / sqrt(variance + epsilon) of the one BatchNormalization that takes the layer's output, perhaps after its bias was added. */
async function normalizationFactors(index: GraphIndex, layer: OnnxNode, channelCount: number): Promise<Float64Array | undefined> {
  const next = await afterBias(index, layer);
  const consumers = index.consumers.get(next) ?? [];
  const [normalization] = consumers;
  if (consumers.length !== 1 || !isOperator(normalization, 'BatchNormalization') || normalization.inputs[0] !== next) return undefined;
  const [scale, variance] = await Promise.all([1, 4].map((input) => constantValue(index, normalization.inputs[input] ?? '')));
  if (scale?.values.length !== channelCount || variance?.values.length !== channelCount) return undefined;
  const epsilon = floatAttribute(normalization, 'epsilon', 1e-5);
  return Float64Array.from(scale.values, (gamma, channel) => gamma / Math.sqrt((variance.values[channel] ?? NaN) + epsilon));
}

async function afterBias(index: GraphIndex, layer: OnnxNode): Promise<string> {
  const output = layer.outputs[0] ?? '';
  const consumers = index.consumers.get(output) ?? [];
  const [add] = consumers;
  if (consumers.length !== 1 || !isOperator(add, 'Add')) return output;
  const bias = await constantValue(index, add.inputs.find((input) => input !== output) ?? '');
  return bias === undefined ? output : (add.outputs[0] ?? output);
}
