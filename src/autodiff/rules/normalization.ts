import { attribute } from '../../onnx/build.ts';
import {
  axisOf, floatAttribute, hasInput, inputOf, intAttribute, intsAttribute, only, outputOf, reduceSum, sumToShape, unsupported,
  type GradientRule, type RuleContext, type RuleTable,
} from '../rule.ts';
import { axisMatrix, transposedAlongAxis } from './along-axis.ts';

function mean(context: RuleContext, value: string, axes: readonly number[]): string {
  return context.emit('ReduceMean', [value, context.ints(axes)], { keepdims: attribute.int(1) });
}

interface Normalized {
  /** (x − mean) / √(variance + ε). */
  readonly normalized: string;
  /** 1 / √(variance + ε), reduced axes kept. */
  readonly inverse: string;
}

function normalize(context: RuleContext, x: string, axes: readonly number[], epsilon: number): Normalized {
  const centered = context.emit('Sub', [x, mean(context, x, axes)]);
  const variance = mean(context, context.emit('Mul', [centered, centered]), axes);
  const inverse = context.emit('Reciprocal', [context.emit('Sqrt', [context.emit('Add', [variance, context.floats([epsilon])])])]);
  return { normalized: context.emit('Mul', [centered, inverse]), inverse };
}

/** dx = (g − mean(g) − x̂ · mean(g · x̂)) / σ (Ba et al. 2016, arXiv:1607.06450). */
function throughNormalization(context: RuleContext, g: string, { normalized, inverse }: Normalized, axes: readonly number[]): string {
  const shared = context.emit('Mul', [normalized, mean(context, context.emit('Mul', [g, normalized]), axes)]);
  return context.emit('Mul', [inverse, context.emit('Sub', [context.emit('Sub', [g, mean(context, g, axes)]), shared])]);
}

/** A constant a channel, as it broadcasts against [n, c, …]. */
function perChannel(context: RuleContext, value: string, rank: number): string {
  return context.emit('Reshape', [value, context.ints([-1, ...Array.from({ length: rank - 2 }, () => 1)])]);
}

function otherAxes(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
}

const batchNormalization: GradientRule = async (node, cotangents, context) => {
  if (intAttribute(node, 'training_mode', 0) !== 0) throw unsupported(node, 'it is in training mode');
  const [x, scale, shift, average, variance] = [0, 1, 2, 3, 4].map((index) => inputOf(node, index));
  if (x === undefined || scale === undefined || shift === undefined || average === undefined || variance === undefined) throw unsupported(node, 'parameters are missing');
  const rank = context.shapeOf(x).length;
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const dy = only(cotangents);
  const inverse = context.emit('Reciprocal', [context.emit('Sqrt', [context.emit('Add', [variance, context.floats([epsilon])])])]);
  const dx = (): string => context.emit('Mul', [dy, perChannel(context, context.emit('Mul', [scale, inverse]), rank)]);
  const dScale = (): string => {
    const centered = context.emit('Sub', [x, perChannel(context, average, rank)]);
    return context.emit('Mul', [reduceSum(context, context.emit('Mul', [dy, centered]), otherAxes(rank), false), inverse]);
  };
  return [
    context.isWanted(x) ? dx() : undefined,
    context.isWanted(scale) ? dScale() : undefined,
    context.isWanted(shift) ? reduceSum(context, dy, otherAxes(rank), false) : undefined,
  ];
};

const instanceNormalization: GradientRule = async (node, cotangents, context) => {
  const [x, scale, shift] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  const rank = context.shapeOf(x).length;
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis + 2);
  const dy = only(cotangents);
  const normalized = normalize(context, x, axes, floatAttribute(node, 'epsilon', 1e-5));
  return [
    context.isWanted(x) ? throughNormalization(context, context.emit('Mul', [dy, perChannel(context, scale, rank)]), normalized, axes) : undefined,
    context.isWanted(scale) ? reduceSum(context, context.emit('Mul', [dy, normalized.normalized]), otherAxes(rank), false) : undefined,
    context.isWanted(shift) ? reduceSum(context, dy, otherAxes(rank), false) : undefined,
  ];
};

const layerNormalization: GradientRule = async (node, cotangents, context) => {
  const [x, scale] = [inputOf(node, 0), inputOf(node, 1)];
  const shape = context.shapeOf(x);
  const first = axisOf(intAttribute(node, 'axis', -1), shape.length);
  const axes = Array.from({ length: shape.length - first }, (_, index) => first + index);
  const dy = only(cotangents);
  const inverse = context.extraOutput(node, 2);
  const centered = context.emit('Sub', [x, context.extraOutput(node, 1)]);
  const normalized: Normalized = { normalized: context.emit('Mul', [centered, inverse]), inverse };
  const shift = hasInput(node, 2) ? inputOf(node, 2) : undefined;
  return [
    context.isWanted(x) ? throughNormalization(context, context.emit('Mul', [dy, scale]), normalized, axes) : undefined,
    context.isWanted(scale) ? sumToShape(context, context.emit('Mul', [dy, normalized.normalized]), shape, context.shapeOf(scale)) : undefined,
    shift !== undefined && context.isWanted(shift) ? sumToShape(context, dy, shape, context.shapeOf(shift)) : undefined,
  ];
};

/** From opset 21 scale and shift are one a channel; before, one a group. */
const groupNormalization: GradientRule = async (node, cotangents, context) => {
  const [x, scale, shift] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  const shape = context.shapeOf(x);
  const [n = 1, c = 1] = shape;
  if ((context.shapeOf(scale)[0] ?? 0) !== c) throw unsupported(node, 'its scale is not one a channel');
  const groups = intAttribute(node, 'num_groups', 1);
  const apart = [n, groups, c / groups, ...shape.slice(2)];
  const axes = Array.from({ length: apart.length - 2 }, (_, axis) => axis + 2);
  const dy = only(cotangents);
  const split = (value: string): string => context.emit('Reshape', [value, context.ints(apart)]);
  const normalized = normalize(context, split(x), axes, floatAttribute(node, 'epsilon', 1e-5));
  const g = split(context.emit('Mul', [dy, perChannel(context, scale, shape.length)]));
  const joined = (value: string): string => context.emit('Reshape', [value, context.ints(shape)]);
  return [
    context.isWanted(x) ? joined(throughNormalization(context, g, normalized, axes)) : undefined,
    context.isWanted(scale) ? reduceSum(context, context.emit('Mul', [dy, joined(normalized.normalized)]), otherAxes(shape.length), false) : undefined,
    context.isWanted(shift) ? reduceSum(context, dy, otherAxes(shape.length), false) : undefined,
  ];
};

const meanVariance: GradientRule = async (node, cotangents, context) => {
  const axes = intsAttribute(node, 'axes') ?? [0, 2, 3];
  // The operator adds 1e-9 to the deviation itself.
  return [throughNormalization(context, only(cotangents), normalize(context, inputOf(node, 0), axes, 1e-18), axes)];
};

/** y = x · s^−β with s = bias + α/size · Σ x² over neighbouring channels (Krizhevsky et al. 2012). */
const lrn: GradientRule = async (node, cotangents, context) => {
  const x = inputOf(node, 0);
  const shape = context.shapeOf(x);
  const [alpha, beta, bias] = [floatAttribute(node, 'alpha', 1e-4), floatAttribute(node, 'beta', 0.75), floatAttribute(node, 'bias', 1)];
  const size = intAttribute(node, 'size', 1);
  const channels = shape[1] ?? 1;
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const band = axisMatrix(channels, channels, (add) => {
    for (let row = 0; row < channels; row += 1) for (let column = Math.max(0, row - before); column <= Math.min(channels - 1, row + after); column += 1) add(row, column, 1);
  });
  const turned = axisMatrix(channels, channels, (add) => {
    for (let row = 0; row < channels; row += 1) for (let column = 0; column < channels; column += 1) add(row, column, band.values[column * channels + row] ?? 0);
  });
  const dy = only(cotangents);
  const squares = transposedAlongAxis(context, context.emit('Mul', [x, x]), shape, 1, turned);
  const s = context.emit('Add', [context.emit('Mul', [squares, context.floats([alpha / size])]), context.floats([bias])]);
  const power = context.emit('Pow', [s, context.floats([-beta])]);
  const direct = context.emit('Mul', [dy, power]);
  const felt = transposedAlongAxis(context, context.emit('Div', [context.emit('Mul', [direct, x]), s]), shape, 1, band);
  return [context.emit('Sub', [direct, context.emit('Mul', [context.emit('Mul', [x, felt]), context.floats([(2 * alpha * beta) / size])])])];
};

/** y = x / ‖x‖ along one axis. */
const lpNormalization: GradientRule = async (node, cotangents, context) => {
  const x = inputOf(node, 0);
  const axes = [axisOf(intAttribute(node, 'axis', -1), context.shapeOf(x).length)];
  const p = intAttribute(node, 'p', 2);
  const dy = only(cotangents);
  const norm = context.emit(p === 1 ? 'ReduceL1' : 'ReduceL2', [x, context.ints(axes)], { keepdims: attribute.int(1) });
  const along = reduceSum(context, context.emit('Mul', [dy, outputOf(node)]), axes, true);
  const direction = p === 1 ? context.emit('Sign', [x]) : outputOf(node);
  return [context.emit('Div', [context.emit('Sub', [dy, context.emit('Mul', [direction, along])]), norm])];
};

export const normalizationRules: RuleTable = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: groupNormalization,
  MeanVarianceNormalization: meanVariance,
  LRN: lrn,
  LpNormalization: lpNormalization,
};
