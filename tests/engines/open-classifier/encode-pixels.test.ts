import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHalfFloatBits } from '../../../src/engines/half-float.ts';
import { checkElementType, encodePixels, type PixelSpace } from '../../../src/engines/open-classifier/encode-pixels.ts';
import type { OnnxDataType } from '../../../src/onnx/onnx-model.ts';

const PLAIN: PixelSpace = { layout: 'nchw', channels: 2, height: 1, width: 3, range: [0, 1], mean: [0], std: [1] };
// Two images of two channels of three pixels.
const PIXELS = Float32Array.of(0, 0.25, 0.5, 0.75, 1, 0.5, 1, 0, 1, 0, 1, 0);

const encode = (space: Partial<PixelSpace> = {}, elementType: OnnxDataType = 'float') =>
  encodePixels({ pixels: PIXELS, first: 0, count: 2, paddedCount: 2, space: { ...PLAIN, ...space }, elementType });

describe('encodePixels', () => {
  it('leaves pixels as they are when the network takes them so', () => {
    expect(encode()).toEqual({ type: 'float32', data: PIXELS, dims: [2, 2, 1, 3] });
  });

  it('puts channels last where the graph wants them last', () => {
    expect(encode({ layout: 'nhwc' })).toEqual({
      type: 'float32',
      data: Float32Array.of(0, 0.75, 0.25, 1, 0.5, 0.5, 1, 0, 0, 1, 1, 0),
      dims: [2, 1, 3, 2],
    });
  });

  it('makes one row an image where the graph is flat', () => {
    expect(encode({ layout: 'flat' })).toEqual({ type: 'float32', data: PIXELS, dims: [2, 6] });
  });

  it('applies range, mean and std a channel', () => {
    const { data } = encode({ range: [-1, 3], mean: [1, 0], std: [2, 4] });

    // Channel 0: (-1 + 4p - 1) / 2. Channel 1: (-1 + 4p) / 4.
    expect([...(data as Float32Array)].slice(0, 6)).toEqual([-1, -0.5, 0, 0.5, 0.75, 0.25]);
  });

  it('takes one batch out of many images and repeats the last one up to the size the graph wants', () => {
    const tensor = encodePixels({ pixels: PIXELS, first: 1, count: 1, paddedCount: 3, space: PLAIN, elementType: 'float' });

    expect(tensor.dims).toEqual([3, 2, 1, 3]);
    expect([...(tensor.data as Float32Array)]).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
  });

  it.each([
    ['uint8', 'uint8', [0, 64, 128, 191, 255, 128]],
    ['int32', 'int32', [0, 64, 128, 191, 255, 128]],
    ['int64', 'int64', [0n, 64n, 128n, 191n, 255n, 128n]],
    ['double', 'float64', [0, 63.75, 127.5, 191.25, 255, 127.5]],
  ] as const)('rounds to the nearest %s', (elementType, type, expected) => {
    const tensor = encode({ range: [0, 255] }, elementType);

    expect(tensor.type).toBe(type);
    expect([...tensor.data].slice(0, 6)).toEqual(expected);
  });

  it('never wraps around in a small integer type', () => {
    expect([...encode({ range: [-300, 300] }, 'uint8').data].slice(0, 5)).toEqual([0, 0, 0, 150, 255]);
    expect([...encode({ range: [-300, 300] }, 'int8').data].slice(0, 5)).toEqual([-128, -128, 0, 127, 127]);
  });

  it('makes half floats where the graph takes them', () => {
    const { type, data } = encode({}, 'float16');

    expect(type).toBe('float16');
    expect(Array.from(data as Uint16Array, fromHalfFloatBits)).toEqual([...PIXELS]);
  });

  it('is within a rounding of the formula for any normalisation', () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true });
    const property = fc.property(fc.double({ min: 0, max: 1, noNaN: true }), number, number, number, fc.double({ min: 0.01, max: 10, noNaN: true }), (pixel, low, high, mean, std) => {
      const p = Math.fround(pixel);
      const space: PixelSpace = { layout: 'nchw', channels: 1, height: 1, width: 1, range: [low, high], mean: [mean], std: [std] };
      const { data } = encodePixels({ pixels: Float32Array.of(p), first: 0, count: 1, paddedCount: 1, space, elementType: 'double' });
      return Math.abs(Number(data[0]) - (low + p * (high - low) - mean) / std) < 1e-10;
    });
    fc.assert(property);
  });

  it('says that a mean is missing for a channel', () => {
    expect(() => encode({ mean: [0.5, 0.5, 0.5].slice(0, 0) })).toThrow(expect.objectContaining({ code: 'policy/invalid' }));
  });

  it.each(['string', 'complex64', 'bool', 'bfloat16'] as const)('refuses an input of %s', (elementType) => {
    expect(() => checkElementType(elementType, 'x')).toThrow(expect.objectContaining({ code: 'format/unsupported' }));
  });
});
