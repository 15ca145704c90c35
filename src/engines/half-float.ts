/** IEEE 754 binary16 as bits. Node 20 has no Float16Array, so half floats cross the engine boundary as Uint16Array. */

const SCRATCH = new DataView(new ArrayBuffer(4));

/** The nearest half float, ties to even; beyond 65,504 it is infinity. */
export function toHalfFloatBits(value: number): number {
  SCRATCH.setFloat32(0, value);
  const bits = SCRATCH.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;

  if (magnitude >= 0x7f80_0000) return magnitude > 0x7f80_0000 ? sign | 0x7e00 : sign | 0x7c00;
  // 65,520 is the midpoint between the largest half float and the next power of two.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  if (magnitude >= 0x3880_0000) return sign | roundShift(magnitude - 0x3800_0000, 13);
  // Half of the smallest subnormal (2^-25) and less rounds to zero.
  if (magnitude <= 0x3300_0000) return sign;
  const exponent = magnitude >>> 23;
  return sign | roundShift((magnitude & 0x7f_ffff) | 0x80_0000, 126 - exponent);
}

/** `bits / 2^shift`, rounded to nearest, ties to even. A carry into the exponent is the right answer. */
function roundShift(bits: number, shift: number): number {
  const kept = bits >>> shift;
  const rest = bits & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

export function fromHalfFloatBits(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
