import type { OnnxNode } from '../../onnx/onnx-model.ts';
import { axisOf, constantNumbers, floatAttribute, hasInput, inputOf, intAttribute, intsAttribute, only, outputOf, stringAttribute, unsupported, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';
import { axisMatrix, transposedAlongAxis, type AxisMatrix } from './along-axis.ts';

interface Axis {
  readonly size: number;
  readonly count: number;
  /** Outputs an input. */
  readonly scale: number;
}

/** Resizing is linear and separable: along each axis the gradient is the transposed matrix of interpolation weights. */
const resize: GradientRule = async (node, cotangents, context) => {
  const shape = context.shapeOf(inputOf(node, 0));
  const current = [...context.shapeOf(outputOf(node))];
  // Engines do not agree on its weights: onnxruntime 1.30 and torch 1.13 differ by a fifth of the largest value.
  if (intAttribute(node, 'antialias', 0) === 1) throw unsupported(node, 'antialias');
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
  return shape.map((size, axis) => {
    const place = axes.indexOf(axis);
    // Given scales count, although sizes were rounded with them.
    return place === -1 ? 1 : (given[place] ?? (output[axis] ?? 1) / size);
  });
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

/** Where an output lies among the inputs. */
function sourcePlace(node: OnnxNode, row: number, { size, count, scale }: Axis): number {
  const mode = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  switch (mode) {
    case 'half_pixel':
      return (row + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': {
      const offset = (size / 2) * (1 - count / (scale * size));
      return offset + (row + 0.5) / scale - 0.5;
    }
    case 'pytorch_half_pixel':
      return count > 1 ? (row + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return count === 1 ? 0 : (row * (size - 1)) / (count - 1);
    case 'asymmetric':
      return row / scale;
    default:
      throw unsupported(node, `coordinate_transformation_mode ${mode}`);
  }
}

function nearest(place: number, mode: string): number {
  switch (mode) {
    case 'floor':
      return Math.floor(place);
    case 'ceil':
      return Math.ceil(place);
    case 'round_prefer_ceil':
      return Math.floor(place + 0.5);
    default:
      return Math.ceil(place - 0.5);
  }
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
