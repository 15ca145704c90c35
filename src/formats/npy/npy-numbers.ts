import { GateError } from '../../errors.ts';
import type { TensorInfo } from '../../model/facets.ts';
import type { NpyHeader } from './npy-header.ts';

interface NumberType {
  readonly name: string;
  readonly bytes: number;
  /** Whether every value is exact in 32 bits. */
  readonly isSingle: boolean;
  read(view: DataView, offset: number, little: boolean): number;
}

/** Element types that are one plain number, as NumPy writes them without their byte order. */
export const NUMBER_TYPES: ReadonlyMap<string, NumberType> = new Map<string, NumberType>([
  ['b1', { name: 'bool', bytes: 1, isSingle: true, read: (view, at) => view.getUint8(at) }],
  ['u1', { name: 'uint8', bytes: 1, isSingle: true, read: (view, at) => view.getUint8(at) }],
  ['i1', { name: 'int8', bytes: 1, isSingle: true, read: (view, at) => view.getInt8(at) }],
  ['u2', { name: 'uint16', bytes: 2, isSingle: true, read: (view, at, little) => view.getUint16(at, little) }],
  ['i2', { name: 'int16', bytes: 2, isSingle: true, read: (view, at, little) => view.getInt16(at, little) }],
  ['u4', { name: 'uint32', bytes: 4, isSingle: false, read: (view, at, little) => view.getUint32(at, little) }],
  ['i4', { name: 'int32', bytes: 4, isSingle: false, read: (view, at, little) => view.getInt32(at, little) }],
  ['u8', { name: 'uint64', bytes: 8, isSingle: false, read: (view, at, little) => Number(view.getBigUint64(at, little)) }],
  ['i8', { name: 'int64', bytes: 8, isSingle: false, read: (view, at, little) => Number(view.getBigInt64(at, little)) }],
  ['f2', { name: 'float16', bytes: 2, isSingle: true, read: (view, at, little) => half(view.getUint16(at, little)) }],
  ['f4', { name: 'float', bytes: 4, isSingle: true, read: (view, at, little) => view.getFloat32(at, little) }],
  ['f8', { name: 'double', bytes: 8, isSingle: false, read: (view, at, little) => view.getFloat64(at, little) }],
]);

/** All elements in row-major order, whatever order the file has. */
export async function numbersOf(info: TensorInfo, header: NpyHeader): Promise<Float32Array | Float64Array> {
  const type = NUMBER_TYPES.get(header.description.replace(/[<>|='"]/g, ''));
  if (type === undefined) throw new GateError({ code: 'format/unsupported', message: `Elements of type ${header.description.slice(0, 40)} are no plain numbers.` });
  const bytes = await info.source.read(info.range.offset, info.range.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !header.description.includes('>');
  const count = info.range.length / type.bytes;
  const values = type.isSingle ? new Float32Array(count) : new Float64Array(count);
  const place = header.fortranOrder ? fortranPlaces(header.shape) : (index: number): number => index;
  for (let index = 0; index < count; index += 1) values[place(index)] = type.read(view, index * type.bytes, little);
  return values;
}

/** Row-major place of the element that is `index`-th in the file when the first dimension runs fastest. */
function fortranPlaces(shape: readonly number[]): (index: number) => number {
  return (index) => {
    let place = 0;
    let rest = index;
    const position = shape.map((size) => {
      const at = rest % size;
      rest = (rest - at) / size;
      return at;
    });
    for (const [axis, at] of position.entries()) place = place * (shape[axis] ?? 1) + at;
    return place;
  };
}

function half(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
