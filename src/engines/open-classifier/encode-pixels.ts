import { GateError } from '../../errors.ts';
import type { InputSpecification } from '../../model/classifier.ts';
import type { OnnxDataType } from '../../onnx/onnx-model.ts';
import type { EngineData, EngineTensor } from '../engine.ts';
import { toHalfFloatBits } from '../half-float.ts';

interface ElementType {
  readonly type: EngineTensor['type'];
  readonly make: (values: Float64Array) => EngineData;
}

/** Integer inputs take the nearest value they can hold: a pixel at the end of the range must not wrap around. */
const integers = (low: number, high: number) => (value: number): number => Math.min(high, Math.max(low, Math.round(value)));

const ELEMENT_TYPES: Partial<Record<OnnxDataType, ElementType>> = {
  float: { type: 'float32', make: (values) => Float32Array.from(values) },
  double: { type: 'float64', make: (values) => values },
  float16: { type: 'float16', make: (values) => Uint16Array.from(values, toHalfFloatBits) },
  uint8: { type: 'uint8', make: (values) => Uint8Array.from(values, integers(0, 255)) },
  int8: { type: 'int8', make: (values) => Int8Array.from(values, integers(-128, 127)) },
  uint16: { type: 'uint16', make: (values) => Uint16Array.from(values, integers(0, 65_535)) },
  int16: { type: 'int16', make: (values) => Int16Array.from(values, integers(-32_768, 32_767)) },
  int32: { type: 'int32', make: (values) => Int32Array.from(values, integers(-(2 ** 31), 2 ** 31 - 1)) },
  int64: { type: 'int64', make: (values) => BigInt64Array.from(values, (value) => BigInt(Math.round(value))) },
};

export type PixelSpace = Pick<InputSpecification, 'layout' | 'channels' | 'height' | 'width' | 'range' | 'mean' | 'std'>;

export interface EncodeRequest {
  /** All images of a call, pixel space NCHW. */
  readonly pixels: Float32Array;
  /** Index of the first image of this batch. */
  readonly first: number;
  /** Images of this batch; at least 1. */
  readonly count: number;
  /** Images the graph wants; the last image is repeated, because made-up ones may not be finite inside the graph. */
  readonly paddedCount: number;
  readonly space: PixelSpace;
  readonly elementType: OnnxDataType;
}

/** Refuses, before any session is opened, an input type no image can be turned into. */
export function checkElementType(elementType: OnnxDataType, input: string): void {
  if (ELEMENT_TYPES[elementType] !== undefined) return;
  throw new GateError({
    code: 'format/unsupported',
    message: `The input "${input}" has elements of type ${elementType}, which modelgate cannot make of pixels.`,
    nextStep: 'Export the model with a float32 or uint8 input.',
  });
}

/** One batch as the graph's input tensor: range, mean and std applied, in the graph's layout and element type. */
export function encodePixels(request: EncodeRequest): EngineTensor {
  const { space, count, paddedCount, elementType } = request;
  const element = ELEMENT_TYPES[elementType];
  if (element === undefined) throw new GateError({ code: 'format/unsupported', message: `No pixels can be made into ${elementType}.` });

  const area = space.height * space.width;
  const size = space.channels * area;
  const values = elementType === 'float' ? new Float32Array(paddedCount * size) : new Float64Array(paddedCount * size);
  for (let image = 0; image < paddedCount; image += 1) {
    const source = (request.first + Math.min(image, count - 1)) * size;
    writeImage(request.pixels, source, values, image * size, space);
  }
  const { channels, height, width } = space;
  const dims =
    space.layout === 'nchw' ? [paddedCount, channels, height, width]
    : space.layout === 'nhwc' ? [paddedCount, height, width, channels]
    : [paddedCount, size];
  return { type: element.type, data: values instanceof Float32Array ? values : element.make(values), dims };
}

function writeImage(pixels: Float32Array, source: number, values: Float32Array | Float64Array, target: number, space: PixelSpace): void {
  const { channels } = space;
  const area = space.height * space.width;
  const [low, high] = space.range;
  // A flat input takes the image channel by channel, the order of the pixel space itself.
  const stride = space.layout === 'nhwc' ? channels : 1;
  for (let channel = 0; channel < channels; channel += 1) {
    const std = perChannel(space.std, channel, 'std');
    const scale = (high - low) / std;
    const shift = (low - perChannel(space.mean, channel, 'mean')) / std;
    const from = source + channel * area;
    const to = target + (space.layout === 'nhwc' ? channel : channel * area);
    for (let index = 0; index < area; index += 1) {
      values[to + index * stride] = (pixels[from + index] ?? NaN) * scale + shift;
    }
  }
}

/** One number for all channels or one a channel. */
function perChannel(values: readonly number[], channel: number, what: string): number {
  const value = values.length === 1 ? values[0] : values[channel];
  if (value === undefined) {
    throw new GateError({
      code: 'policy/invalid',
      message: `The input's ${what} has ${values.length} numbers, but channel ${channel + 1} needs one.`,
      where: { field: `input.${what}` },
      nextStep: `Give one ${what} for all channels or one a channel.`,
    });
  }
  return value;
}
