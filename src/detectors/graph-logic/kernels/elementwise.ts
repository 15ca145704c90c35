import type { FlatNode } from '../../../onnx/flatten-graph.ts';
import { floatAttribute, floatsAttribute, intAttribute, textAttribute } from '../../../onnx/graph-index.ts';
import { combined, type NdArray } from '../nd-array.ts';

const bit = (value: boolean): number => (value ? 1 : 0);

/** Abramowitz and Stegun 7.1.26: five digits, which is more than a gate needs. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const y = 1 - t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x);
  return x < 0 ? -y : y;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** ONNX rounds halves to even. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

type Unary = (x: number, node: FlatNode) => number;

const UNARY: Readonly<Record<string, Unary>> = {
  Identity: (x) => x, Dropout: (x) => x, Relu: (x) => (x > 0 ? x : x === x ? 0 : x),
  LeakyRelu: (x, node) => (x < 0 ? x * floatAttribute(node, 'alpha', 0.01) : x),
  Elu: (x, node) => (x < 0 ? floatAttribute(node, 'alpha', 1) * (Math.exp(x) - 1) : x),
  Selu: (x, node) => floatAttribute(node, 'gamma', 1.0507) * (x > 0 ? x : floatAttribute(node, 'alpha', 1.67326) * (Math.exp(x) - 1)),
  Celu: (x, node) => Math.max(0, x) + Math.min(0, floatAttribute(node, 'alpha', 1) * (Math.exp(x / floatAttribute(node, 'alpha', 1)) - 1)),
  Gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)), Mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  ThresholdedRelu: (x, node) => (x > floatAttribute(node, 'alpha', 1) ? x : 0),
  HardSigmoid: (x, node) => Math.min(1, Math.max(0, floatAttribute(node, 'alpha', 0.2) * x + floatAttribute(node, 'beta', 0.5))),
  HardSwish: (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5)), Sigmoid: sigmoid, Tanh: Math.tanh,
  Softplus: (x) => (x > 30 ? x : Math.log1p(Math.exp(x))), Softsign: (x) => x / (1 + Math.abs(x)),
  Shrink: (x, node) => (x < -floatAttribute(node, 'lambd', 0.5) ? x + floatAttribute(node, 'bias', 0) : x > floatAttribute(node, 'lambd', 0.5) ? x - floatAttribute(node, 'bias', 0) : 0),
  Erf: erf, Abs: Math.abs, Neg: (x) => -x, Sign: Math.sign, Exp: Math.exp, Log: Math.log, Sqrt: Math.sqrt, Reciprocal: (x) => 1 / x,
  Floor: Math.floor, Ceil: Math.ceil, Round: roundEven, Not: (x) => bit(x === 0), BitwiseNot: (x) => ~x,
  IsNaN: (x) => bit(Number.isNaN(x)),
  IsInf: (x, node) => bit((x === Infinity && intAttribute(node, 'detect_positive', 1) !== 0) || (x === -Infinity && intAttribute(node, 'detect_negative', 1) !== 0)),
  Sin: Math.sin, Cos: Math.cos, Tan: Math.tan, Asin: Math.asin, Acos: Math.acos, Atan: Math.atan,
  Sinh: Math.sinh, Cosh: Math.cosh, Asinh: Math.asinh, Acosh: Math.acosh, Atanh: Math.atanh,
};

type Binary = (a: number, b: number, node: FlatNode) => number;

const BINARY: Readonly<Record<string, Binary>> = {
  Add: (a, b) => a + b, Sub: (a, b) => a - b, Mul: (a, b) => a * b, Div: (a, b) => a / b, Pow: (a, b) => a ** b, Min: (a, b) => Math.min(a, b), Max: (a, b) => Math.max(a, b),
  Mod: (a, b, node) => (intAttribute(node, 'fmod', 0) !== 0 ? a % b : ((a % b) + b) % b),
  Equal: (a, b) => bit(a === b), Greater: (a, b) => bit(a > b), GreaterOrEqual: (a, b) => bit(a >= b), Less: (a, b) => bit(a < b), LessOrEqual: (a, b) => bit(a <= b),
  And: (a, b) => bit(a !== 0 && b !== 0), Or: (a, b) => bit(a !== 0 || b !== 0), Xor: (a, b) => bit((a !== 0) !== (b !== 0)),
  BitShift: (a, b, node) => (textAttribute(node, 'direction', 'LEFT') === 'RIGHT' ? Math.floor(a / 2 ** b) : (a * 2 ** b) % 2 ** 53),
  BitwiseAnd: (a, b) => a & b, BitwiseOr: (a, b) => a | b, BitwiseXor: (a, b) => a ^ b, PRelu: (a, b) => (a < 0 ? a * b : a), Sum: (a, b) => a + b,
};

/** One of the operators above, or undefined when it is none of them or its operands do not fit. */
export function elementwise(node: FlatNode, operands: readonly (NdArray | undefined)[]): NdArray | undefined {
  const [first, second] = operands;
  if (first === undefined) return undefined;
  const unary = Object.hasOwn(UNARY, node.opType) ? UNARY[node.opType] : undefined;
  if (unary !== undefined) return { shape: first.shape, data: first.data.map((x) => unary(x, node)) };
  switch (node.opType) {
    case 'Cast':
    case 'CastLike':
      return cast(first, node.opType === 'Cast' ? intAttribute(node, 'to', 1) : 1);
    case 'Clip':
      return clip(node, operands);
    case 'Where':
      return operands.length === 3 && operands.every((one) => one !== undefined) ? combined(operands, (condition = 0, a = 0, b = 0) => (condition !== 0 ? a : b)) : undefined;
    case 'Mean': {
      const sum = folded(operands, (a, b) => a + b);
      return sum === undefined ? undefined : { shape: sum.shape, data: sum.data.map((x) => x / operands.length) };
    }
    case 'QuantizeLinear':
      return second === undefined ? undefined : quantized(first, second, operands[2]);
    case 'DequantizeLinear':
      return second === undefined ? undefined : dequantized(first, second, operands[2]);
    default: {
      const binary = Object.hasOwn(BINARY, node.opType) ? BINARY[node.opType] : undefined;
      return binary === undefined ? undefined : folded(operands, (a, b) => binary(a, b, node));
    }
  }
}

function folded(operands: readonly (NdArray | undefined)[], calculate: (a: number, b: number) => number): NdArray | undefined {
  let result = operands[0];
  for (const operand of operands.slice(1)) {
    if (result === undefined || operand === undefined) return undefined;
    result = combined([result, operand], (a = 0, b = 0) => calculate(a, b));
  }
  return result;
}

/** TensorProto.DataType: integers are cut, small ones wrap, booleans are 0 and 1; floats stay doubles. */
export function cast(source: NdArray, to: number): NdArray {
  const wrap: Readonly<Record<number, readonly [bits: number, signed: boolean]>> = { 2: [8, false], 3: [8, true], 4: [16, false], 5: [16, true] };
  if (to === 9) return { shape: source.shape, data: source.data.map((x) => bit(x !== 0)) };
  const small = wrap[to];
  if (small !== undefined) {
    const range = 2 ** small[0];
    return { shape: source.shape, data: source.data.map((x) => { const low = ((Math.trunc(x) % range) + range) % range; return small[1] && low >= range / 2 ? low - range : low; }) };
  }
  return [6, 7, 12, 13].includes(to) ? { shape: source.shape, data: source.data.map(Math.trunc) } : source;
}

function clip(node: FlatNode, [source, low, high]: readonly (NdArray | undefined)[]): NdArray | undefined {
  if (source === undefined || (node.inputs[1] !== undefined && low === undefined) || (node.inputs[2] !== undefined && high === undefined)) return undefined;
  const from = low?.data[0] ?? floatAttribute(node, 'min', -Infinity);
  const to = high?.data[0] ?? floatAttribute(node, 'max', Infinity);
  return { shape: source.shape, data: source.data.map((x) => Math.min(to, Math.max(from, x))) };
}

/** One scale for all; scales by channel are left alone. */
function quantized(source: NdArray, scale: NdArray, zero: NdArray | undefined): NdArray | undefined {
  if (scale.data.length !== 1) return undefined;
  const [step = 1, shift = 0] = [scale.data[0], zero?.data[0]];
  // Without a zero point the type is uint8; the sign of a given one is not known here, so both ranges are left in.
  return { shape: source.shape, data: source.data.map((x) => Math.min(255, Math.max(shift <= 0 ? -128 : 0, roundEven(x / step) + shift))) };
}

function dequantized(source: NdArray, scale: NdArray, zero: NdArray | undefined): NdArray | undefined {
  if (scale.data.length !== 1) return undefined;
  const [step = 1, shift = 0] = [scale.data[0], zero?.data[0]];
  return { shape: source.shape, data: source.data.map((x) => (x - shift) * step) };
}

/** Scaler and Binarizer of ai.onnx.ml. */
export function classical(node: FlatNode, source: NdArray): NdArray | undefined {
  if (node.opType === 'Binarizer') return { shape: source.shape, data: source.data.map((x) => bit(x > floatAttribute(node, 'threshold', 0))) };
  if (node.opType !== 'Scaler') return undefined;
  const [offset, scale] = [floatsAttribute(node, 'offset') ?? [0], floatsAttribute(node, 'scale') ?? [1]];
  return { shape: source.shape, data: source.data.map((x, at) => (x - (offset[at % offset.length] ?? 0)) * (scale[at % scale.length] ?? 1)) };
}
