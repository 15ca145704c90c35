import type { OnnxNode } from '../../onnx/onnx-model.ts';
import { axisOf, constantNumbers, floatAttribute, hasInput, inputOf, intAttribute, intsAttribute, only, outputOf, stringAttribute, unsupported, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';
import { axisMatrix, transposedAlongAxis, type AxisMatrix } from './along-axis.ts';

interface Axis {
  readonly size: number;
  readonly count: number;
  /** Outputs an input, in float32 as the engine has it. */
  readonly scale: number;
}

/**
 * Resizing is linear and separable: along each axis the gradient is the transposed matrix of interpolation weights.
 * The engine's own matrix is wanted, and not the specification's: places are computed step by step in float32, because a
 * place like 1.5 / 0.6 − 0.5 falls on one side of the border between two inputs or on the other by its last bit.
 */
const resize: GradientRule = async (node, cotangents, context) => {
  const shape = context.shapeOf(inputOf(node, 0));
  const current = [...context.shapeOf(outputOf(node))];
  // Engines do not agree on its weights: onnxruntime 1.30 and torch 1.13 differ by a fifth of the largest value.
  if (intAttribute(node, 'antialias', 0) === 1) throw unsupported(node, 'antialias');
  // The engine copies when no size changes, whatever the scales say.
  if (shape.every((size, axis) => size === current[axis])) return [only(cotangents)];
  const scales = await scalesOf(node, shape, current, context);
  let value = only(cotangents);
  for (const [axis, size] of shape.entries()) {
    const [count, scale] = [current[axis] ?? 1, scales[axis] ?? 1];
    if (count === size && scale === 1) continue;
    value = transposedAlongAxis(context, value, current, axis, weightsOf(node, { size, count, scale }));
    current[axis] = size;
  }
  return [value];
};

async function scalesOf(node: OnnxNode, shape: readonly number[], output: readonly number[], context: RuleContext): Promise<readonly number[]> {
  const axes = intsAttribute(node, 'axes')?.map((axis) => axisOf(axis, shape.length)) ?? shape.map((_, axis) => axis);
  const given = hasInput(node, 2) ? await constantNumbers(node, 2, context) : [];
  const shared = given.length > 0 ? undefined : await sharedScale(node, axes, shape, context);
  return shape.map((size, axis) => {
    const place = axes.indexOf(axis);
    // Given scales count, although sizes were rounded with them.
    return place === -1 ? 1 : Math.fround(given[place] ?? shared ?? (output[axis] ?? 1) / size);
  });
}

/** With an aspect ratio to keep, sizes are a frame and one scale counts for all axes. */
async function sharedScale(node: OnnxNode, axes: readonly number[], shape: readonly number[], context: RuleContext): Promise<number | undefined> {
  const policy = stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch') return undefined;
  const sizes = await constantNumbers(node, 3, context);
  const each = axes.map((axis, place) => (sizes[place] ?? 1) / (shape[axis] ?? 1));
  return policy === 'not_larger' ? Math.min(...each) : Math.max(...each);
}

function weightsOf(node: OnnxNode, axis: Axis): AxisMatrix {
  const mode = stringAttribute(node, 'mode', 'nearest');
  return axisMatrix(axis.count, axis.size, (add) => {
    for (let row = 0; row < axis.count; row += 1) {
      const place = sourcePlace(node, row, axis);
      if (mode === 'nearest') {
        add(row, clamped(nearest(place, stringAttribute(node, 'nearest_mode', 'round_prefer_floor')), axis.size), 1);
        continue;
      }
      for (const { column, weight } of taps(node, mode, place, axis)) add(row, clamped(column, axis.size), weight);
    }
  });
}

function clamped(place: number, size: number): number {
  return Math.min(Math.max(place, 0), size - 1);
}

/** Where an output lies among the inputs, rounded where the engine rounds. */
function sourcePlace(node: OnnxNode, row: number, { size, count, scale }: Axis): number {
  const mode = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  const center = Math.fround((row + 0.5) / scale);
  switch (mode) {
    case 'half_pixel':
      return Math.fround(center - 0.5);
    case 'half_pixel_symmetric': {
      const adjustment = Math.fround(count / Math.fround(scale * size));
      const offset = Math.fround((size / 2) * Math.fround(1 - adjustment));
      // The one mode whose sum the engine takes in float64.
      return Math.fround(offset + (row + 0.5) / scale - 0.5);
    }
    case 'pytorch_half_pixel':
      return count > 1 ? Math.fround(center - 0.5) : 0;
    case 'align_corners':
      return count === 1 ? 0 : Math.fround(Math.fround(row * (size - 1)) / (count - 1));
    case 'asymmetric':
      return Math.fround(row / scale);
    case 'tf_half_pixel_for_nn':
      return center;
    default:
      throw unsupported(node, `coordinate_transformation_mode ${mode}`);
  }
}

/** Up to this far from the middle between two inputs the engine (1.30) sees a tie; it floors and ceils without tolerance. */
const TIE_TOLERANCE = Math.fround(1e-6);

function nearest(place: number, mode: string): number {
  if (mode === 'floor') return Math.floor(place);
  if (mode === 'ceil') return Math.ceil(place);
  const below = Math.floor(place);
  const isTie = Math.abs(place - below - 0.5) <= TIE_TOLERANCE;
  if (isTie) return mode === 'round_prefer_ceil' ? below + 1 : below;
  return Math.floor(place + 0.5);
}

interface Tap {
  readonly column: number;
  readonly weight: number;
}

/** Inputs an output is made of; places beyond the edge repeat it, or do not count with exclude_outside. */
function taps(node: OnnxNode, mode: string, place: number, { size }: Axis): readonly Tap[] {
  const reach = mode === 'cubic' ? 2 : 1;
  const kernel = mode === 'cubic' ? cubic(floatAttribute(node, 'cubic_coeff_a', -0.75)) : (x: number): number => Math.max(0, 1 - Math.abs(x));
  const found: Tap[] = [];
  for (let column = Math.ceil(place - reach); column <= Math.floor(place + reach); column += 1) found.push({ column, weight: kernel(column - place) });
  const inside = intAttribute(node, 'exclude_outside', 0) === 1 ? found.filter(({ column }) => column >= 0 && column < size) : found;
  const total = inside.reduce((sum, { weight }) => sum + weight, 0);
  return inside.map(({ column, weight }) => ({ column, weight: weight / total }));
}

/** Keys 1981, "Cubic convolution interpolation for digital image processing". */
function cubic(a: number): (x: number) => number {
  return (x) => {
    const t = Math.abs(x);
    if (t <= 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1;
    return t < 2 ? a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a : 0;
  };
}

export const resizeRules: RuleTable = { Resize: resize };
