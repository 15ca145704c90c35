import { expect, it } from 'vitest';
import { rawBytes } from '../../../src/formats/onnx/raw-bytes.ts';
import type { OnnxDataType } from '../../../src/onnx/onnx-model.ts';
import { decodeRawValues } from '../../../src/onnx/tensor-values.ts';

it.each<[OnnxDataType, number, Parameters<typeof rawBytes>[2], readonly number[]]>([
  ['float', 2, Float32Array.of(1.5, -2), [1.5, -2]],
  ['double', 1, Float64Array.of(1e300), [1e300]],
  ['int8', 3, Int32Array.of(-128, -1, 127), [-128, -1, 127]],
  ['uint8', 2, Int32Array.of(255, 1), [255, 1]],
  ['bool', 2, Int32Array.of(1, 0), [1, 0]],
  ['int16', 2, Int32Array.of(-32_768, 5), [-32_768, 5]],
  ['uint16', 1, Int32Array.of(65_535), [65_535]],
  ['float16', 2, Int32Array.of(0x3c00, 0xc000), [1, -2]],
  ['bfloat16', 1, Int32Array.of(0xbf80), [-1]],
  ['int32', 1, Int32Array.of(-7), [-7]],
  ['uint32', 2, BigUint64Array.of(4_294_967_295n, 1n), [4_294_967_295, 1]],
  ['int64', 1, BigInt64Array.of(-9n), [-9]],
  ['float8e4m3fn', 2, Int32Array.of(0x38, 0xb8), [1, -1]],
  // Two numbers a byte, the first in its lower half.
  ['int4', 3, Int32Array.of(0x9f, 0x07), [-1, -7, 7]],
])('%s: typed values are stored as raw data stores them', (dataType, count, values, expected) => {
  expect(Array.from(decodeRawValues(dataType as 'float', count, rawBytes(dataType, [count], values)))).toEqual(expected);
});
