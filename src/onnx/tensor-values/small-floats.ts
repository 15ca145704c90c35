import type { OnnxDataType } from '../onnx-model.ts';

interface FloatFormat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /**
   * What the patterns outside of the plain numbers mean. `ieee`: the highest exponent is infinity or NaN. `fn`: only all
   * ones is NaN and there is no infinity. `fnuz`: no infinity, no negative zero, whose pattern is the only NaN.
   * `finite`: every pattern is a number.
   */
  readonly special: 'ieee' | 'fn' | 'fnuz' | 'finite';
}

/** IEEE 754 half precision, bfloat16, "FP8 Formats for Deep Learning" (arXiv 2209.05433, 2206.02915), OCP MX 1.0. */
const FORMATS: Partial<Record<OnnxDataType, FloatFormat>> = {
  float16: { exponentBits: 5, mantissaBits: 10, bias: 15, special: 'ieee' },
  bfloat16: { exponentBits: 8, mantissaBits: 7, bias: 127, special: 'ieee' },
  float8e4m3fn: { exponentBits: 4, mantissaBits: 3, bias: 7, special: 'fn' },
  float8e4m3fnuz: { exponentBits: 4, mantissaBits: 3, bias: 8, special: 'fnuz' },
  float8e5m2: { exponentBits: 5, mantissaBits: 2, bias: 15, special: 'ieee' },
  float8e5m2fnuz: { exponentBits: 5, mantissaBits: 2, bias: 16, special: 'fnuz' },
  float4e2m1: { exponentBits: 2, mantissaBits: 1, bias: 1, special: 'finite' },
};

/** Every value of a format by its bit pattern; at most 65,536 numbers, made when first asked for. */
const tables = new Map<OnnxDataType, Float32Array>();

/** The number a bit pattern stands for. All of these formats fit float32 exactly. */
export function bitsToFloat(dataType: OnnxDataType, bits: number): number {
  let table = tables.get(dataType);
  if (table === undefined) {
    table = tableOf(dataType);
    tables.set(dataType, table);
  }
  return table[bits] ?? NaN;
}

function tableOf(dataType: OnnxDataType): Float32Array {
  // E8M0 is a bare exponent: a power of two without sign or zero.
  if (dataType === 'float8e8m0') return Float32Array.from({ length: 256 }, (_, bits) => (bits === 255 ? NaN : 2 ** (bits - 127)));
  const format = FORMATS[dataType];
  if (format === undefined) return new Float32Array(0);
  const size = 2 ** (1 + format.exponentBits + format.mantissaBits);
  return Float32Array.from({ length: size }, (_, bits) => decode(format, bits));
}

function decode({ exponentBits, mantissaBits, bias, special }: FloatFormat, bits: number): number {
  const signBit = 2 ** (exponentBits + mantissaBits);
  const sign = bits >= signBit ? -1 : 1;
  const magnitude = bits % signBit;
  const exponent = Math.floor(magnitude / 2 ** mantissaBits);
  const mantissa = magnitude % 2 ** mantissaBits;
  const top = 2 ** exponentBits - 1;
  if (special === 'fnuz' && bits === signBit) return NaN;
  if (special === 'fn' && magnitude === signBit - 1) return NaN;
  if (special === 'ieee' && exponent === top) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias);
}
