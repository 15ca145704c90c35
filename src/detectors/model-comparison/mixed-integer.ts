/** Wang's 32-bit integer hash: neighbouring numbers have nothing in common afterwards. Result in [0, 2³²). */
export function mixedInteger(at: number): number {
  let key = at | 0;
  key = (key ^ 61) ^ (key >>> 16);
  key = (key + (key << 3)) | 0;
  key ^= key >>> 4;
  key = Math.imul(key, 0x27d4eb2d);
  return (key ^ (key >>> 15)) >>> 0;
}
