import { viewOf } from '../../onnx/byte-view.ts';

/**
 * The two texts with which an operator of full TensorFlow is written into a TensorFlow Lite file: its name, and its NodeDef.
 * They are a vector of a flexbuffer (https://flatbuffers.dev/flexbuffers/): at the end the type and width of the root, before
 * it the distance to the vector, whose elements are distances and behind which are their types. Undefined for anything else.
 */
export function flexOperator(bytes: Uint8Array): { readonly name: string; readonly node: { readonly offset: number; readonly length: number } } | undefined {
  const end = bytes.byteLength;
  if (end < 3) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unsigned = (offset: number, width: number): number | undefined => {
    if (offset < 0 || offset + width > end) return undefined;
    if (width === 1) return view.getUint8(offset);
    if (width === 2) return view.getUint16(offset, true);
    if (width === 4) return view.getUint32(offset, true);
    const value = view.getBigUint64(offset, true);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
  };
  const rootWidth = bytes[end - 1] ?? 0;
  if (![1, 2, 4, 8].includes(rootWidth)) return undefined;
  const packed = bytes[end - 2] ?? 0;
  const width = 1 << (packed & 3);
  // A vector of values of any type, or one of texts alone.
  const kind = packed >> 2;
  const rootAt = end - 2 - rootWidth;
  const distance = unsigned(rootAt, rootWidth);
  if (distance === undefined || (kind !== 10 && kind !== 15)) return undefined;
  const vector = rootAt - distance;
  if (unsigned(vector - width, width) !== 2) return undefined;
  const texts = [0, 1].map((index) => {
    const at = vector + index * width;
    const to = unsigned(at, width);
    if (to === undefined) return undefined;
    const textAt = at - to;
    const type = bytes[vector + 2 * width + index] ?? 0;
    const lengthWidth = kind === 10 ? 1 << (type & 3) : width;
    const length = unsigned(textAt - lengthWidth, lengthWidth);
    return length === undefined || textAt < 0 || length > end - textAt ? undefined : { offset: textAt, length };
  });
  const [name, node] = texts;
  if (name === undefined || node === undefined) return undefined;
  return { name: Buffer.from(viewOf(bytes, name.offset, name.length)).toString('utf8'), node };
}
