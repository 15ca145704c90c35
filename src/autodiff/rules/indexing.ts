import { attribute } from '../../onnx/build.ts';
import { axisOf, elementCount, inputOf, intAttribute, only, outputOf, stringAttribute, transpose, unsupported, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';

function zeros(context: RuleContext, shape: readonly number[]): string {
  return context.emit('Expand', [context.floats([0]), context.ints(shape)]);
}

/** Rows that were taken several times collect several cotangents, so they are scattered with addition. */
const gather: GradientRule = async (node, cotangents, context) => {
  const [data, indices] = [inputOf(node, 0), inputOf(node, 1)];
  const shape = context.shapeOf(data);
  const axis = axisOf(intAttribute(node, 'axis', 0), shape.length);
  const size = shape[axis] ?? 1;
  const count = elementCount(context.shapeOf(indices));
  const dy = context.emit('Reshape', [only(cotangents), context.ints([...shape.slice(0, axis), count, ...shape.slice(axis + 1)])]);
  const constant = await context.constantOf(indices);
  const places = constant === undefined ? undefined : Array.from(constant, (index) => (index < 0 ? index + size : index));
  const [first] = places ?? [];
  if (places !== undefined && first !== undefined && places.every((place, at) => place === first + at)) {
    // A run of neighbours (the class token of a transformer): zeros around it.
    const around = [shape.map((_, one) => (one === axis ? first : 0)), shape.map((_, one) => (one === axis ? size - first - count : 0))];
    return [context.emit('Pad', [dy, context.ints(around.flat())])];
  }
  const order = [axis, ...shape.keys()].filter((one, at) => at === 0 || one !== axis);
  const rows = context.emit('Reshape', [indices, context.ints([count, 1])]);
  const scattered = context.emit('ScatterND', [zeros(context, order.map((one) => shape[one] ?? 1)), rows, transpose(context, dy, order)], { reduction: attribute.string('add') });
  return [transpose(context, scattered, order.map((_, one) => order.indexOf(one)))];
};

const gatherElements: GradientRule = async (node, cotangents, context) => [
  context.emit('ScatterElements', [zeros(context, context.shapeOf(inputOf(node, 0))), inputOf(node, 1), only(cotangents)], {
    axis: attribute.int(intAttribute(node, 'axis', 0)),
    reduction: attribute.string('add'),
  }),
];

const gatherNd: GradientRule = async (node, cotangents, context) => {
  if (intAttribute(node, 'batch_dims', 0) !== 0) throw unsupported(node, 'batch_dims');
  return [context.emit('ScatterND', [zeros(context, context.shapeOf(inputOf(node, 0))), inputOf(node, 1), only(cotangents)], { reduction: attribute.string('add') })];
};

/** What was overwritten is not felt; what was written is felt where it lies. */
const scatterElements: GradientRule = async (node, cotangents, context) => {
  const reduction = stringAttribute(node, 'reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw unsupported(node, `reduction ${reduction}`);
  const [data, indices, updates] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  const axis = { axis: attribute.int(intAttribute(node, 'axis', 0)) };
  const kept = (): string => (reduction === 'add' ? only(cotangents) : context.emit('ScatterElements', [only(cotangents), indices, zeros(context, context.shapeOf(updates))], axis));
  return [
    context.isWanted(data) ? kept() : undefined,
    undefined,
    context.isWanted(updates) ? context.emit('GatherElements', [only(cotangents), indices], axis) : undefined,
  ];
};

const scatterNd: GradientRule = async (node, cotangents, context) => {
  const reduction = stringAttribute(node, 'reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw unsupported(node, `reduction ${reduction}`);
  const [data, indices, updates] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  const kept = (): string => (reduction === 'add' ? only(cotangents) : context.emit('ScatterND', [only(cotangents), indices, zeros(context, context.shapeOf(updates))]));
  return [context.isWanted(data) ? kept() : undefined, undefined, context.isWanted(updates) ? context.emit('GatherND', [only(cotangents), indices]) : undefined];
};

const topK: GradientRule = async (node, [values], context) => {
  if (values === undefined) return [undefined];
  const data = inputOf(node, 0);
  const places = outputOf(node, 1) === '' ? context.extraOutput(node, 1) : outputOf(node, 1);
  return [context.emit('ScatterElements', [zeros(context, context.shapeOf(data)), places, values], { axis: attribute.int(intAttribute(node, 'axis', -1)) })];
};

/** Whole numbers are felt by nobody. */
const stopped: GradientRule = async () => [];

export const indexingRules: RuleTable = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  TopK: topK,
  ArgMax: stopped,
  ArgMin: stopped,
  Equal: stopped,
  Greater: stopped,
  GreaterOrEqual: stopped,
  Less: stopped,
  LessOrEqual: stopped,
  OneHot: stopped,
};
