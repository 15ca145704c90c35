import type { EngineTensor } from './engine.ts';
import { fromHalfFloatBits } from './half-float.ts';

/** The elements of any engine tensor as float32; float32 data is handed on without a copy. */
export function float32Values(tensor: EngineTensor): Float32Array {
  const { data } = tensor;
  if (tensor.type === 'float16') return Float32Array.from(data as Uint16Array, fromHalfFloatBits);
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array) return Float32Array.from(data, Number);
  return Float32Array.from(data);
}
