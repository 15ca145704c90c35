/** Element types of NumPy that are plain numbers. */
export type NpyDataType =
  | 'bool' | 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'uint64' | 'int64' | 'float16' | 'float32' | 'float64';

/** A NumPy array over its file's bytes; elements are converted only when asked for. */
export interface NpyArray {
  readonly dataType: NpyDataType;
  readonly shape: readonly number[];
  /** Elements in all. */
  readonly length: number;
  /** The elements of `array[index]` in C order, whatever order the file has. Length: product of shape[1..]. */
  row(index: number): Float64Array;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
/** NumPy itself refuses headers beyond 10,000 characters unless told to trust the file (CWE-400). */
const MAX_HEADER_BYTES = 10_000;
/** NumPy's own limit is 64 (32 before 2.0); images need 4. */
const MAX_DIMENSIONS = 32;

interface ElementType {
  readonly name: NpyDataType;
  readonly bytes: number;
  read(view: DataView, offset: number, littleEndian: boolean): number;
}

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  b1: { name: 'bool', bytes: 1, read: (view, offset) => (view.getUint8(offset) === 0 ? 0 : 1) },
  u1: { name: 'uint8', bytes: 1, read: (view, offset) => view.getUint8(offset) },
  i1: { name: 'int8', bytes: 1, read: (view, offset) => view.getInt8(offset) },
  u2: { name: 'uint16', bytes: 2, read: (view, offset, little) => view.getUint16(offset, little) },
  i2: { name: 'int16', bytes: 2, read: (view, offset, little) => view.getInt16(offset, little) },
  u4: { name: 'uint32', bytes: 4, read: (view, offset, little) => view.getUint32(offset, little) },
  i4: { name: 'int32', bytes: 4, read: (view, offset, little) => view.getInt32(offset, little) },
  u8: { name: 'uint64', bytes: 8, read: (view, offset, little) => Number(view.getBigUint64(offset, little)) },
  i8: { name: 'int64', bytes: 8, read: (view, offset, little) => Number(view.getBigInt64(offset, little)) },
  f2: { name: 'float16', bytes: 2, read: (view, offset, little) => halfToNumber(view.getUint16(offset, little)) },
  f4: { name: 'float32', bytes: 4, read: (view, offset, little) => view.getFloat32(offset, little) },
  f8: { name: 'float64', bytes: 8, read: (view, offset, little) => view.getFloat64(offset, little) },
};

export function hasNpySignature(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/**
 * Opens a .npy file (format versions 1 to 3). The data must fill the file exactly: every truncated prefix and every
 * appended byte throws an Error that says what is wrong. Objects, strings, structures and complex numbers are refused.
 */
export function openNpy(bytes: Uint8Array): NpyArray {
  if (!hasNpySignature(bytes)) throw new Error('not a .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) throw new Error('truncated .npy: no header');
  const major = view.getUint8(6);
  if (major < 1 || major > 3) throw new Error(`.npy format version ${major} is not known`);
  const start = major === 1 ? 10 : 12;
  const headerBytes = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerBytes > MAX_HEADER_BYTES) throw new Error(`the .npy header is longer than ${MAX_HEADER_BYTES} bytes`);
  if (headerBytes > bytes.length - start) throw new Error('truncated .npy: it ends in its header');
  const header = parseHeader(new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + headerBytes)));

  const length = header.shape.reduce((product, size) => product * size, 1);
  const dataBytes = length * header.element.bytes;
  if (!Number.isSafeInteger(dataBytes)) throw new Error('the .npy array is larger than any file');
  const dataStart = start + headerBytes;
  if (dataBytes > bytes.length - dataStart) throw new Error('truncated .npy: fewer elements than its shape needs');
  if (dataBytes < bytes.length - dataStart) throw new Error('the .npy file has bytes after its last element');

  const { element, shape, littleEndian } = header;
  const read = (index: number): number => element.read(view, dataStart + index * element.bytes, littleEndian);
  const rows = shape[0] ?? 0;
  const rowLength = shape.slice(1).reduce((product, size) => product * size, 1);
  return {
    dataType: element.name,
    shape,
    length,
    row(index) {
      if (shape.length === 0 || !Number.isInteger(index) || index < 0 || index >= rows) throw new RangeError(`row ${index} of ${rows}`);
      return header.fortranOrder ? fortranRow(shape, index, read) : cRow(index * rowLength, rowLength, read);
    },
  };
}

function cRow(start: number, length: number, read: (index: number) => number): Float64Array {
  const values = new Float64Array(length);
  for (let at = 0; at < length; at += 1) values[at] = read(start + at);
  return values;
}

/** In Fortran order the first index runs fastest: element (i, j, k) lies at i + j·n0 + k·n0·n1. */
function fortranRow(shape: readonly number[], row: number, read: (index: number) => number): Float64Array {
  const inner = shape.slice(1);
  const strides: number[] = [];
  let stride = shape[0] ?? 0;
  for (const size of inner) {
    strides.push(stride);
    stride *= size;
  }
  const values = new Float64Array(inner.reduce((product, size) => product * size, 1));
  const position = inner.map(() => 0);
  for (let at = 0; at < values.length; at += 1) {
    values[at] = read(position.reduce((offset, index, axis) => offset + index * (strides[axis] ?? 0), row));
    for (let axis = inner.length - 1; axis >= 0; axis -= 1) {
      position[axis] = (position[axis] ?? 0) + 1;
      if ((position[axis] ?? 0) < (inner[axis] ?? 0)) break;
      position[axis] = 0;
    }
  }
  return values;
}

interface NpyHeader {
  readonly element: ElementType;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/**
 * The header is a Python dictionary literal with exactly three keys. The expression accepts what `numpy.save` writes
 * (any key order, any spaces); nothing is evaluated.
 */
function parseHeader(text: string): NpyHeader {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) throw new Error('the .npy header is not a dictionary');
  const entries = new Map<string, string>();
  const entry = /\s*'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([0-9L,\s]*\)|\[)\s*(?:,|$)?/y;
  while (entry.lastIndex < body.length && body.slice(entry.lastIndex).trim() !== '') {
    const match = entry.exec(body);
    const [key, value] = [match?.[1], match?.[2]];
    if (key === undefined || value === undefined || entries.has(key)) throw new Error('the .npy header is malformed');
    if (value === '[') throw new Error('the .npy array has named fields, which are not read');
    entries.set(key, value);
  }
  const [descr, order, shape] = [entries.get('descr'), entries.get('fortran_order'), entries.get('shape')];
  if (descr === undefined || order === undefined || shape === undefined) throw new Error('the .npy header lacks descr, fortran_order or shape');
  const type = /^'([<>|=])([a-zA-Z])(\d+)'$/.exec(descr);
  const kind = type?.[2] ?? '';
  if (kind === 'O' || descr.startsWith("'O") || descr.startsWith("'|O")) throw new Error('the .npy array holds Python objects (a pickle), which are never read');
  const element = ELEMENT_TYPES[`${kind}${type?.[3] ?? ''}`];
  if (type === null || element === undefined) throw new Error(`the .npy element type ${printable(descr)} is not a number modelgate reads`);
  if (order !== 'True' && order !== 'False') throw new Error('the .npy header’s fortran_order is malformed');
  return { element, littleEndian: type[1] !== '>', fortranOrder: order === 'True', shape: parseShape(shape) };
}

function parseShape(text: string): readonly number[] {
  const inner = /^\(([0-9L,\s]*)\)$/.exec(text)?.[1];
  if (inner === undefined) throw new Error('the .npy header’s shape is malformed');
  const parts = inner.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  if (parts.length > MAX_DIMENSIONS) throw new Error(`the .npy array has more than ${MAX_DIMENSIONS} dimensions`);
  return parts.map((part) => {
    const size = /^\d{1,15}L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN;
    if (!Number.isSafeInteger(size)) throw new Error('the .npy header’s shape is malformed');
    return size;
  });
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 40);
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
