/** The first bytes as a view, fewer than `count` where there are fewer: for looking at beginnings, not for reading values. */
export function atMost(bytes: Uint8Array, count: number): Uint8Array {
  return bytes.subarray(0, count);
}
