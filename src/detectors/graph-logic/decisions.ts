import { FLAT_DOMAIN, type FlatNode } from '../../onnx/flatten-graph.ts';
import { floatAttribute, intAttribute } from '../../onnx/graph-index.ts';
import type { Facts } from './facts.ts';
import { isOnnx } from './node-reading.ts';

/**
 * What a node does to what it is told. `hard`: the result jumps where the operand crosses a line. `bent`: the result is smooth
 * or nearly so, but bends, so that with a large factor in front of it, or behind it, it amounts to the same.
 */
export type Decision = 'hard' | 'bent';

const HARD: ReadonlySet<string> = new Set([
  'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Not', 'And', 'Or', 'Xor', 'Sign', 'IsNaN', 'IsInf', 'Mod', 'BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'BitwiseNot',
  'Floor', 'Ceil', 'Round', 'ArgMax', 'ArgMin', 'NonZero', 'Hardmax', 'Unique', 'OneHot', 'ThresholdedRelu', 'Shrink', 'StringConcat', 'RegexFullMatch', 'NonMaxSuppression', 'Compress',
]);

const HARD_CLASSICAL: ReadonlySet<string> = new Set(['Binarizer', 'LabelEncoder', 'CategoryMapper', 'OneHotEncoder', 'TreeEnsemble', 'TreeEnsembleClassifier', 'TreeEnsembleRegressor', 'DictVectorizer']);

const BENT: ReadonlySet<string> = new Set([
  'Relu', 'LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Celu', 'Gelu', 'Mish', 'Clip', 'Min', 'Max', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Softplus', 'Softsign', 'Softmax', 'LogSoftmax', 'Exp', 'Log',
  'Pow', 'Erf', 'Reciprocal', 'Div', 'Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Acosh', 'Atanh', 'Sqrt', 'Abs', 'ReduceProd', 'ReduceMax', 'ReduceMin', 'MaxPool',
  'GlobalMaxPool', 'TopK', 'QuantizeLinear', 'DynamicQuantizeLinear', 'ReduceLogSumExp', 'ReduceLogSum', 'Det', 'LpNormalization', 'ReduceL2', 'RNN', 'GRU', 'LSTM',
]);

/** Information an element of a table that was learned has at least; one that only marks some entries has next to none. */
const LEARNED_BITS_AN_ENTRY = 2;

export function decisionOf(facts: Facts, node: FlatNode): Decision | undefined {
  const [first, second] = node.inputs;
  const isContent = (id: number | undefined): boolean => id !== undefined && facts.isContent[id] === true;
  const contents = node.inputs.filter((id): id is number => isContent(id));
  // What is made of a guard is a guard: some step of a sequence holds a number that is not zero.
  if (contents.every((id) => isGuardedBy(facts, id))) return undefined;
  if (node.domain === FLAT_DOMAIN) return node.opType === 'Choose' || node.opType === 'Repeat' ? (isContent(first) || isContent(second) ? 'hard' : undefined) : undefined;
  if (node.domain === 'ai.onnx.ml') return HARD_CLASSICAL.has(node.opType) ? 'hard' : undefined;
  if (node.domain !== '' && node.domain !== 'ai.onnx') return undefined;
  if (HARD.has(node.opType)) return isGuard(facts, node) ? undefined : 'hard';
  if (node.opType === 'Where') return isContent(first) && !isGuardedBy(facts, first) ? 'hard' : undefined;
  if (node.opType === 'Cast') return isTruncation(facts, node) ? 'hard' : undefined;
  if (node.opType === 'Gather') return isLookUp(facts, node) ? 'hard' : undefined;
  // Somebody who takes the indexes of the largest decides; the values alone are a maximum.
  if (node.opType === 'TopK' && (facts.consumers[node.outputs[1] ?? -1]?.length ?? 0) > 0) return 'hard';
  if (node.opType === 'Mul' && first !== second && contents.length === node.inputs.length) return 'bent';
  if (node.opType === 'Div' && !isContent(second)) return facts.isIntegral[node.outputs[0] ?? -1] === true ? 'hard' : undefined;
  return BENT.has(node.opType) ? 'bent' : undefined;
}

/** A fraction made a whole number or a truth value; from one whole number to another nothing is decided, but for the test for zero. */
function isTruncation(facts: Facts, node: FlatNode): boolean {
  const [source] = node.inputs;
  if (source === undefined) return false;
  const to = intAttribute(node, 'to', 1);
  if (to === 9 && isGuardedBy(facts, source)) return false;
  if (to === 9) return facts.graph.values[source]?.producer === undefined || !makesTruth(facts.graph.values[source].producer);
  return [2, 3, 4, 5, 6, 7, 12, 13].includes(to) && facts.isIntegral[source] !== true;
}

function makesTruth(node: FlatNode): boolean {
  return isOnnx(node, 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor', 'Not', 'IsNaN', 'IsInf');
}

/** A constant table with hardly any information in it, looked into at a place that the input tells: any function of a number can be written so. */
function isLookUp(facts: Facts, node: FlatNode): boolean {
  const [table, index] = node.inputs;
  const constant = table === undefined ? undefined : facts.constants.values.get(table);
  if (constant === undefined || index === undefined || facts.isContent[index] !== true) return false;
  return constant.isPattern && constant.bits < LEARNED_BITS_AN_ENTRY * constant.shape.reduce((product, dim) => product * dim, 1);
}

/**
 * The usual protections: is there a number that is none, is a sum or a spread zero, so that a division by it would fail.
 * Only where nothing was picked out of the input or compared with a pattern on the way, because then the same test is a trigger's.
 */
function isGuard(facts: Facts, node: FlatNode): boolean {
  if (isOnnx(node, 'IsNaN', 'IsInf')) return isUntouched(facts, node.inputs[0], false);
  if (isOnnx(node, 'Not', 'And', 'Or')) return node.inputs.every((id) => id !== undefined && (isGuardedBy(facts, id) || facts.isContent[id] !== true));
  if (!isOnnx(node, 'Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual')) return false;
  const [left, right] = node.inputs;
  return (isZero(facts, right) && isUntouched(facts, left, true)) || (isZero(facts, left) && isUntouched(facts, right, true));
}

function isGuardedBy(facts: Facts, id: number | undefined): boolean {
  let node = id === undefined ? undefined : facts.graph.values[id]?.producer;
  while (node !== undefined && (isStep(node) || (isOnnx(node, 'ReduceMax', 'ReduceMin', 'ReduceSum') && facts.isContent[node.inputs[0] ?? -1] === true))) {
    const [source] = node.inputs;
    node = source === undefined ? undefined : facts.graph.values[source]?.producer;
  }
  return node !== undefined && isOnnx(node, 'IsNaN', 'IsInf', 'Equal', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'Not', 'And', 'Or') && isGuard(facts, node);
}

function isStep(node: FlatNode): boolean {
  return isOnnx(node, 'Cast', 'Identity', 'Unsqueeze', 'Squeeze', 'Reshape', 'Expand', 'Transpose') || (node.domain === FLAT_DOMAIN && node.opType === 'Slice1');
}

/** Zero for a division: exactly, or so little that no value of an input means it. */
const TINY = 1e-4;

function isZero(facts: Facts, id: number | undefined): boolean {
  const array = id === undefined ? undefined : facts.known[id]?.array;
  return array !== undefined && array.data.every((one) => Math.abs(one) <= TINY);
}

/** Steps back to the input that keep a whole input whole. */
const WHOLE: ReadonlySet<string> = new Set([
  'Abs', 'Neg', 'Sqrt', 'Cast', 'Identity', 'Transpose', 'Reshape', 'Flatten', 'Unsqueeze', 'Squeeze', 'ReduceMax', 'ReduceMin', 'ReduceSum', 'ReduceMean', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare',
  'Expand', 'Dropout',
]);

/**
 * The value comes from the whole input and from nothing but the input: no part picked, no constant taken away. Where it may
 * be a spread, the input minus its own mean counts as the input.
 */
function isUntouched(facts: Facts, id: number | undefined, maySpread: boolean): boolean {
  const open = id === undefined ? [] : [id];
  const seen = new Set<number>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const node = facts.graph.values[at]?.producer;
    if (node === undefined) continue;
    const contents = node.inputs.filter((one): one is number => one !== undefined && facts.isContent[one] === true);
    const isBetween = maySpread && contents.length === 2 && isOnnx(node, 'Sub', 'Mul');
    const isSquare = contents.length > 0 && maySpread && (isOnnx(node, 'Pow') || (isOnnx(node, 'Mul') && node.inputs[0] === node.inputs[1]));
    // Something learned in between makes it a feature, of which zero is an ordinary value.
    if (!isBetween && !isSquare && !isOnnx(node, ...WHOLE) && !isStep(node)) return false;
    open.push(...contents);
  }
  return true;
}

/** How much larger a change becomes in this node, for a change of each operand that is an ordinary one. */
export function gainOf(facts: Facts, node: FlatNode): number {
  const constants = node.inputs.flatMap((id) => (id === undefined || facts.isContent[id] === true ? [] : [facts.known[id]?.array?.data ?? facts.constants.values.get(id)?.array?.data ?? new Float64Array(0)]));
  const largest = constants.reduce((best, data) => data.reduce((top, one) => (Number.isFinite(one) ? Math.max(top, Math.abs(one)) : top), best), 0);
  const smallest = constants.reduce((best, data) => data.reduce((low, one) => (one === 0 ? low : Math.min(low, Math.abs(one))), best), Infinity);
  switch (node.opType) {
    case 'Mul':
      return constants.length === 0 ? 1 : largest;
    case 'Div':
      return constants.length === 0 || !Number.isFinite(smallest) ? 1 : facts.isContent[node.inputs[0] ?? -1] === true ? 1 / smallest : 1;
    case 'Pow':
      return constants.length === 0 ? 1 : Math.max(1, facts.isContent[node.inputs[0] ?? -1] === true ? largest : Math.log(Math.max(1, largest)));
    case 'Gemm':
      return rowNorm(facts, node) * Math.abs(floatAttribute(node, 'alpha', 1));
    case 'MatMul':
    case 'Conv':
    case 'RNN':
    case 'GRU':
    case 'LSTM':
      return rowNorm(facts, node);
    case 'HardSigmoid':
      return floatAttribute(node, 'alpha', 0.2);
    default:
      return 1;
  }
}

/** The largest number among few weights; of many, what the length of a row would be if all were of that size is not known. */
function rowNorm(facts: Facts, node: FlatNode): number {
  const id = node.inputs.find((one) => one !== undefined && facts.isContent[one] !== true);
  const array = id === undefined ? undefined : facts.known[id]?.array;
  if (array === undefined || array.shape.length < 2) return 1;
  const isByFilter = node.opType !== 'Gemm' && node.opType !== 'MatMul';
  const rows = isByFilter ? (array.shape[0] ?? 1) : (array.shape.at(-1) ?? 1);
  let largest = 0;
  const sums = new Float64Array(rows);
  for (const [at, weight] of array.data.entries()) {
    const row = isByFilter ? Math.floor(at / (array.data.length / rows)) : intAttribute(node, 'transB', 0) === 0 ? at % rows : Math.floor(at / (array.shape.at(-1) ?? 1)) % rows;
    sums[row] = (sums[row] ?? 0) + weight * weight;
  }
  for (const sum of sums) largest = Math.max(largest, Math.sqrt(sum));
  return largest;
}
