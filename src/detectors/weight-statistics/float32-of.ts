import type { TensorPiece } from '../../model/stream-tensor.ts';
import { bitsToFloat } from '../../onnx/tensor-values/small-floats.ts';

let halfFloats: Float32Array | undefined;

/** The values of a piece of a floating-point tensor as float32: a view where they are, decoded by table where they are shorter, rounded and kept finite where they are float64. */
export function float32Of(piece: TensorPiece, dataType: string): Float32Array {
  if (dataType === 'float') return piece.values() as Float32Array;
  if (dataType === 'bfloat16') {
    const halves = new Uint16Array(piece.bytes.buffer, piece.bytes.byteOffset, piece.count);
    const values = new Float32Array(piece.count);
    const words = new Uint32Array(values.buffer);
    for (let index = 0; index < halves.length; index += 1) words[index] = (halves[index] as number) << 16;
    return values;
  }
  if (dataType === 'float16') {
    const table = (halfFloats ??= Float32Array.from({ length: 65_536 }, (_, bits) => bitsToFloat('float16', bits)));
    const halves = new Uint16Array(piece.bytes.buffer, piece.bytes.byteOffset, piece.count);
    const values = new Float32Array(piece.count);
    for (let index = 0; index < halves.length; index += 1) values[index] = table[halves[index] as number] as number;
    return values;
  }
  const values = piece.values();
  if (values instanceof Float32Array) return values;
  // A float64 beyond float32 is large, not infinite.
  return Float32Array.from(values, (value) => (Number.isFinite(value) ? Math.max(-LARGEST, Math.min(LARGEST, value)) : value));
}

const LARGEST = 3.4028234663852886e38;
