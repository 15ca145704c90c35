export interface IdxArray {
  readonly shape: readonly number[];
  /** The bytes of `array[index]`. */
  row(index: number): Uint8Array;
}

/** Elements of one byte; IDX can hold others, and no dataset of images does. */
const UNSIGNED_BYTE = 0x08;

/** Opens an IDX array of bytes (yann.lecun.com/exdb/mnist). The elements must fill the rest exactly; throws an Error that says what is wrong. */
export function openIdx(bytes: Uint8Array): IdxArray {
  if (bytes.byteLength < 4 || bytes[0] !== 0 || bytes[1] !== 0) throw new Error('it is no IDX file');
  const dimensions = bytes[3] ?? 0;
  if (bytes[2] !== UNSIGNED_BYTE) throw new Error('its elements are not unsigned bytes, which is not read');
  if (dimensions < 1 || dimensions > 4) throw new Error(`it has ${String(dimensions)} dimensions`);
  const start = 4 + 4 * dimensions;
  if (bytes.byteLength < start) throw new Error('it ends in its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_, index) => view.getUint32(4 + 4 * index));
  const size = shape.reduce((product, one) => product * one, 1);
  if (size !== bytes.byteLength - start) throw new Error(`its header says ${String(size)} elements, and there are ${String(bytes.byteLength - start)}`);
  const rowBytes = shape.slice(1).reduce((product, one) => product * one, 1);
  return {
    shape,
    row(index) {
      if (!Number.isInteger(index) || index < 0 || index >= (shape[0] ?? 0)) throw new RangeError(`row ${String(index)} of ${String(shape[0])}`);
      return bytes.subarray(start + index * rowBytes, start + (index + 1) * rowBytes);
    },
  };
}
