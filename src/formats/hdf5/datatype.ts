import { Cursor } from '../../artifacts/cursor.ts';
import type { OnnxDataType } from '../../onnx/onnx-model.ts';

/** What the elements of a dataset or attribute are, as far as anything here needs it. */
export type Hdf5Type =
  | { readonly kind: 'number'; readonly size: number; readonly dataType: Exclude<OnnxDataType, 'undefined' | 'string'> }
  | { readonly kind: 'text'; readonly size: number }
  /** A text of any length: its element is a length, the address of a collection and an index in it. */
  | { readonly kind: 'variable-text'; readonly size: number }
  | { readonly kind: 'other'; readonly size: number };

const INTEGERS: Readonly<Record<string, Exclude<OnnxDataType, 'undefined' | 'string'>>> = { s1: 'int8', s2: 'int16', s4: 'int32', s8: 'int64', u1: 'uint8', u2: 'uint16', u4: 'uint32', u8: 'uint64' };

/** By their bytes and the bits of their exponent. */
const FLOATS: Readonly<Record<string, Exclude<OnnxDataType, 'undefined' | 'string'>>> = { '2 5': 'float16', '2 8': 'bfloat16', '4 8': 'float', '8 11': 'double' };

/** A datatype message (HDF5 specification IV.A.2.d). Throws `format/truncated` where it ends early. */
export function readDatatype(bytes: Uint8Array, offset: number): Hdf5Type {
  const cursor = new Cursor(bytes, { offset });
  const kind = cursor.u8() & 0x0f;
  const bits = cursor.u8();
  cursor.skip(2);
  const size = cursor.u32le();
  if (kind === 3) return { kind: 'text', size };
  if (kind === 9) return (bits & 0x0f) === 1 ? { kind: 'variable-text', size } : { kind: 'other', size };
  const isLittleEndian = (bits & 0x01) === 0;
  if (kind === 0 && isLittleEndian) {
    const dataType = INTEGERS[`${(bits & 0x08) === 0 ? 'u' : 's'}${size}`];
    return dataType === undefined ? { kind: 'other', size } : { kind: 'number', size, dataType };
  }
  if (kind !== 1 || !isLittleEndian || (bits & 0x40) !== 0) return { kind: 'other', size };
  cursor.skip(2);
  cursor.skip(2 + 1);
  const exponentBits = cursor.u8();
  const dataType = FLOATS[`${size} ${exponentBits}`];
  return dataType === undefined ? { kind: 'other', size } : { kind: 'number', size, dataType };
}
