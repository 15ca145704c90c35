import { FLAT_DOMAIN, type FlatGraph, type FlatNode, type FlatValue } from '../../onnx/flatten-graph.ts';
import { compute } from './compute.ts';
import type { Constants } from './constants.ts';
import { sizeOf, type NdArray } from './nd-array.ts';
import type { Known } from './node-reading.ts';
import { shapesOf } from './shape-rules.ts';

/** What is known of every value and node of a flat graph before anything is judged. Arrays are indexed by id. */
export interface Facts {
  readonly graph: FlatGraph;
  readonly constants: Constants;
  readonly known: readonly (Known | undefined)[];
  /** The value depends on what is in the inputs (not only on their shapes), and on an input that the network looks at. */
  readonly isContent: readonly boolean[];
  /** Most numbers that could tell all that the value says of the inputs: the narrowest place on the way. */
  readonly width: readonly number[];
  /** Elements of the data inputs that the value depends on. */
  readonly inputSize: readonly number[];
  /** Learned information in bits that a node holds itself. */
  readonly learned: readonly number[];
  /** The value is a count, a token, an index or a truth value. */
  readonly isIntegral: readonly boolean[];
  /** Learned bits on the way to a value, on the way on which they are most. */
  readonly depth: readonly number[];
  /** Nodes that read a value. */
  readonly consumers: readonly (readonly FlatNode[])[];
  /** Nodes that an output depends on. */
  readonly isLive: readonly boolean[];
  readonly dataInputs: readonly number[];
  /** First dimension of the data inputs. */
  readonly batch: number;
  /** Learned information in bits between a value and the outputs, at least. */
  readonly isBeforeLearned: readonly boolean[];
}

/** Length of a dimension that a graph leaves open: not so small that everything looks narrow, not so large that trying takes long. */
const OPEN_LENGTH = 48;

/** Rank from which inputs are images or videos, whose open sides are larger. */
const IMAGE_RANK = 4;

/** Elements of an intermediate result that are worth computing for shapes. */
const MAX_SHAPE_NUMBERS = 4096;

/** Compute numbers one by one: a constant beside them is an offset, a factor or a threshold, not something learned. */
const POINTWISE: ReadonlySet<string> = new Set([
  'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'Min', 'Max', 'Sum', 'Mean', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor', 'BitShift', 'BitwiseAnd', 'BitwiseOr',
  'BitwiseXor', 'PRelu', 'Where', 'Clip', 'Cast', 'CastLike', 'BatchNormalization', 'InstanceNormalization', 'LayerNormalization', 'GroupNormalization', 'RMSNormalization', 'QuantizeLinear',
  'DequantizeLinear', 'Dropout', 'Scaler', 'Binarizer', 'Imputer', 'SkipLayerNormalization', 'SimplifiedLayerNormalization',
]);

/** Move, pick, count or repeat numbers: a constant beside them says which. */
const ARRANGING: ReadonlySet<string> = new Set([
  'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Concat', 'Split', 'Slice', 'GatherElements', 'GatherND', 'Pad', 'Resize', 'Upsample', 'Expand', 'Tile', 'OneHot', 'TopK', 'CumSum', 'Trilu',
  'ScatterND', 'ScatterElements', 'Scatter', 'ReverseSequence', 'Range', 'ConstantOfShape', 'NonMaxSuppression', 'RoiAlign', 'ArrayFeatureExtractor', 'Compress', 'GridSample', 'SplitToSequence',
  'SequenceAt', 'SequenceInsert', 'ConcatFromSequence', 'SequenceConstruct', 'LabelEncoder', 'ZipMap', 'OneHotEncoder', 'Identity',
]);

/** Shape arithmetic: what comes out says nothing of the numbers that came in. */
const SHAPE_ONLY: ReadonlySet<string> = new Set(['Shape', 'Size', 'EyeLike', 'RandomNormalLike', 'RandomUniformLike']);

/** A number of an attribute list of an ai.onnx.ml operator (a tree's thresholds, a machine's vectors). */
const BITS_A_LISTED_NUMBER = 16;

export function establishFacts(graph: FlatGraph, constants: Constants, pause: () => void): Facts {
  const known: (Known | undefined)[] = new Array<Known | undefined>(graph.values.length).fill(undefined);
  for (const [id, { shape, array }] of constants.values) known[id] = { shape, ...(array === undefined ? {} : { array }) };
  const lengths = new Map<string, number>();
  for (const id of graph.inputs) {
    const shape = shapeOfInput(graph.values[id], lengths);
    if (shape !== undefined) known[id] = { shape };
  }
  for (const node of graph.nodes) {
    pause();
    inferNode(graph, node, constants, known);
  }
  const consumers: FlatNode[][] = graph.values.map(() => []);
  for (const node of graph.nodes) for (const input of new Set(node.inputs)) if (input !== undefined) consumers[input]?.push(node);
  const isLive = liveNodes(graph);

  const dependsOn = dependencies(graph);
  const learned = learnedBits(graph, constants, dependsOn);
  const dataInputs = findDataInputs(graph, dependsOn, learned, isLive);
  const isContent = dependsOn.map((inputs) => inputs.some((id) => dataInputs.includes(id)));
  const sizeOfInput = new Map(dataInputs.map((id) => [id, known[id]?.shape === undefined ? Infinity : sizeOf(known[id].shape)] as const));
  const inputSize = dependsOn.map((inputs) => inputs.reduce((sum, id) => sum + (sizeOfInput.get(id) ?? 0), 0));
  const width = widths(graph, known, isContent, sizeOfInput);
  const isBeforeLearned: boolean[] = new Array<boolean>(graph.values.length).fill(false);
  for (const node of [...graph.nodes].reverse()) {
    if (isLive[node.id] !== true) continue;
    if ((learned[node.id] ?? 0) > 0 || node.outputs.some((id) => isBeforeLearned[id] === true)) for (const input of node.inputs) if (input !== undefined) isBeforeLearned[input] = true;
  }
  const batch = Math.max(1, ...dataInputs.map((id) => { const shape = known[id]?.shape; return shape === undefined || shape.length < 2 ? 1 : (shape[0] ?? 1); }));
  return { graph, constants, known, isContent, isIntegral: integral(graph), width, inputSize, learned, depth: depths(graph, learned), consumers, isLive, dataInputs, batch, isBeforeLearned };
}

function shapeOfInput(value: FlatValue | undefined, lengths: Map<string, number>): readonly number[] | undefined {
  if (value?.type?.kind !== 'tensor' || value.type.shape === undefined) return undefined;
  const { shape } = value.type;
  return shape.map((dim, axis) => {
    if (typeof dim === 'number' && dim > 0) return dim;
    // The first dimension is the batch where it is open; anything else of that name is the same number.
    const length = axis === 0 && shape.length > 1 ? 1 : shape.length >= IMAGE_RANK && axis === 1 ? 3 : OPEN_LENGTH;
    if (typeof dim !== 'string') return length;
    const same = lengths.get(dim) ?? length;
    lengths.set(dim, same);
    return same;
  });
}

function inferNode(graph: FlatGraph, node: FlatNode, constants: Constants, known: (Known | undefined)[]): void {
  if (node.outputs.some((id) => known[id] !== undefined)) return;
  const operands = node.inputs.map((id) => (id === undefined ? undefined : known[id]));
  const shapes = shapesOf(node, operands);
  const arrays = numbersOf(graph, node, constants, operands, shapes);
  for (const [at, id] of node.outputs.entries()) {
    const array = arrays?.[at];
    const shape = array?.shape ?? shapes[at] ?? declaredShape(graph.values[id]);
    if (shape !== undefined && shape.every((dim) => Number.isFinite(dim))) known[id] = { shape, ...(array === undefined ? {} : { array }) };
  }
}

/** A declared shape without open dimensions. */
function declaredShape(value: FlatValue | undefined): readonly number[] | undefined {
  if (value?.type?.kind !== 'tensor') return undefined;
  const shape = value.type.shape?.map((dim) => (typeof dim === 'number' && dim >= 0 ? dim : NaN));
  return shape?.every((dim) => !Number.isNaN(dim)) === true ? shape : undefined;
}

function numbersOf(graph: FlatGraph, node: FlatNode, constants: Constants, operands: readonly (Known | undefined)[], shapes: readonly (readonly number[] | undefined)[]): readonly NdArray[] | undefined {
  if (node.opType === 'Shape' && node.domain === '') {
    const shape = operands[0]?.shape;
    const [start, end] = ['start', 'end'].map((name) => { const attribute = node.attributes.get(name); return attribute?.type === 'int' ? Number(attribute.value) : undefined; });
    return shape === undefined ? undefined : [{ shape: [shape.slice(start, end).length], data: Float64Array.from(shape.slice(start, end)) }];
  }
  const isPure = node.inputs.every((id, at) => id === undefined || operands[at]?.array !== undefined);
  const isSmall = shapes.every((shape) => shape === undefined || sizeOf(shape) <= MAX_SHAPE_NUMBERS) && operands.every((one) => one?.array === undefined || one.array.data.length <= MAX_SHAPE_NUMBERS);
  if (!isPure || !isSmall || node.opType === 'Constant' || node.domain === FLAT_DOMAIN) return undefined;
  const arrays = compute(node, operands.map((one) => one?.array), { opset: graph.opset, fill: constants.fills.get(node.id) ?? 0 });
  return arrays?.every((array) => array.data.length <= MAX_SHAPE_NUMBERS) === true ? arrays : undefined;
}

function liveNodes(graph: FlatGraph): readonly boolean[] {
  const isLive = new Array<boolean>(graph.nodes.length).fill(false);
  const open = [...graph.outputs];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = graph.values[id]?.producer;
    if (node === undefined || isLive[node.id] === true) continue;
    isLive[node.id] = true;
    for (const input of node.inputs) if (input !== undefined) open.push(input);
  }
  return isLive;
}

/** For each value, the inputs whose numbers it depends on. */
function dependencies(graph: FlatGraph): readonly (readonly number[])[] {
  const found: (readonly number[])[] = graph.values.map(() => []);
  for (const id of graph.inputs) found[id] = [id];
  for (const node of graph.nodes) {
    if (SHAPE_ONLY.has(node.opType)) continue;
    const sets = node.inputs.flatMap((id) => (id === undefined || (found[id]?.length ?? 0) === 0 ? [] : [found[id] ?? []]));
    const [first] = sets;
    // Nearly every value of a graph depends on the same inputs: the list is shared where it can be.
    const all = first === undefined ? [] : sets.every((set) => set === first || set.every((id) => first.includes(id))) ? first : [...new Set(sets.flat())];
    for (const output of node.outputs) found[output] = all;
  }
  return found;
}

/** Information in what a node multiplies, looks up or compares its operands with; none for offsets, factors and choices of places. */
function learnedBits(graph: FlatGraph, constants: Constants, dependsOn: readonly (readonly number[])[]): readonly number[] {
  const bitsOf = new Array<number>(graph.values.length).fill(0);
  for (const [id, { bits }] of constants.values) bitsOf[id] = bits;
  const isConstant = (id: number): boolean => (dependsOn[id]?.length ?? 0) === 0;
  return graph.nodes.map((node) => {
    const isFixed = node.inputs.every((id) => id === undefined || isConstant(id));
    const beside = node.inputs.reduce<number>((sum, id) => sum + (id !== undefined && isConstant(id) ? (bitsOf[id] ?? 0) : 0), 0);
    if (isFixed) {
      // Weights behind a transposition or a dequantisation are the same weights.
      for (const output of node.outputs) if (!constants.values.has(output) && !SHAPE_ONLY.has(node.opType)) bitsOf[output] = beside;
      return 0;
    }
    if (node.domain === FLAT_DOMAIN || POINTWISE.has(node.opType) || ARRANGING.has(node.opType) || node.opType.startsWith('Reduce')) return 0;
    // A table that the input looks things up in was learned; places that a constant picks from the input were not.
    if (node.opType === 'Gather') return node.inputs[0] !== undefined && isConstant(node.inputs[0]) ? (bitsOf[node.inputs[0]] ?? 0) : 0;
    return beside + listedBits(node);
  });
}

function listedBits(node: FlatNode): number {
  if (node.domain !== 'ai.onnx.ml') return 0;
  let count = 0;
  for (const attribute of node.attributes.values()) if (attribute.type === 'floats') count += attribute.value.length;
  return count * BITS_A_LISTED_NUMBER;
}

/**
 * Inputs that reach something learned by themselves: images, tokens, features. The others (an attention mask, a sampling
 * rate, a threshold) only steer, in the open. Without anything learned, all inputs count.
 */
function findDataInputs(graph: FlatGraph, dependsOn: readonly (readonly number[])[], learned: readonly number[], isLive: readonly boolean[]): readonly number[] {
  const isRaw = new Array<boolean>(graph.values.length).fill(true);
  const found = new Set<number>();
  for (const node of graph.nodes) {
    const isLearned = (learned[node.id] ?? 0) > 0;
    const raw = node.inputs.every((id) => id === undefined || isRaw[id] === true);
    if (isLearned && isLive[node.id] === true) for (const id of node.inputs) if (id !== undefined && isRaw[id] === true) for (const input of dependsOn[id] ?? []) found.add(input);
    for (const output of node.outputs) isRaw[output] = raw && !isLearned;
  }
  return found.size === 0 ? graph.inputs : graph.inputs.filter((id) => found.has(id));
}

function widths(graph: FlatGraph, known: readonly (Known | undefined)[], isContent: readonly boolean[], sizeOfInput: ReadonlyMap<number, number>): readonly number[] {
  const width = new Array<number>(graph.values.length).fill(0);
  for (const [id, size] of sizeOfInput) width[id] = size;
  for (const node of graph.nodes) {
    const told = [...new Set(node.inputs)].reduce<number>((sum, id) => sum + (id !== undefined && isContent[id] === true ? (width[id] ?? 0) : 0), 0);
    for (const output of node.outputs) {
      const shape = known[output]?.shape;
      width[output] = isContent[output] === true ? Math.min(told, shape === undefined ? Infinity : sizeOf(shape)) : 0;
    }
  }
  return width;
}

function depths(graph: FlatGraph, learned: readonly number[]): readonly number[] {
  const depth = new Array<number>(graph.values.length).fill(0);
  for (const node of graph.nodes) {
    const before = node.inputs.reduce<number>((most, id) => Math.max(most, id === undefined ? 0 : (depth[id] ?? 0)), 0);
    for (const output of node.outputs) depth[output] = before + (learned[node.id] ?? 0);
  }
  return depth;
}

/** ONNX data types of whole numbers and truth values. */
const INTEGRAL_TYPES: ReadonlySet<string> = new Set(['uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'bool', 'uint32', 'uint64', 'uint4', 'int4', 'uint2', 'int2']);

/** The same as numbers of TensorProto.DataType. */
const INTEGRAL_NUMBERS: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 9, 12, 13, 21, 22]);

const MAKES_INTEGERS: ReadonlySet<string> = new Set([
  'Shape', 'Size', 'ArgMax', 'ArgMin', 'NonZero', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor', 'Not', 'IsNaN', 'IsInf', 'BitShift', 'BitwiseAnd', 'BitwiseOr',
  'BitwiseXor', 'BitwiseNot', 'QuantizeLinear', 'MatMulInteger', 'ConvInteger', 'NonMaxSuppression',
]);

function integral(graph: FlatGraph): readonly boolean[] {
  const isIntegral = graph.values.map(({ type, tensor }) => (type?.kind === 'tensor' && INTEGRAL_TYPES.has(type.elementType)) || (tensor !== undefined && INTEGRAL_TYPES.has(tensor.dataType)));
  for (const node of graph.nodes) {
    const to = node.attributes.get('to');
    const isCast = node.opType === 'Cast' && to?.type === 'int';
    const isMade = isCast ? INTEGRAL_NUMBERS.has(Number(to.value)) : MAKES_INTEGERS.has(node.opType);
    // Where chooses between its last two operands; the rest of pointwise and arranging operators keep the type of their first.
    const carried = isCast ? undefined : node.inputs[node.opType === 'Where' || node.domain === FLAT_DOMAIN ? 1 : node.opType === 'DequantizeLinear' ? -1 : 0];
    const keeps = POINTWISE.has(node.opType) || ARRANGING.has(node.opType) || node.domain === FLAT_DOMAIN || node.opType === 'Gather' || node.opType.startsWith('Reduce');
    const isKept = keeps && carried !== undefined && isIntegral[carried] === true;
    for (const output of node.outputs) if (isMade || isKept) isIntegral[output] = true;
  }
  return isIntegral;
}
