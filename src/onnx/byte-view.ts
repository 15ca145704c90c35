/** A window on `bytes` without copying. The caller has checked that it lies inside. */
export function viewOf(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length);
}
