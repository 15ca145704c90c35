/** CRC-64 of ECMA-182, reflected, as xz has it; in two halves of 32 bits, because BigInt arithmetic is slow. */
const [LOW, HIGH] = tables();

function tables(): [Uint32Array, Uint32Array] {
  const [low, high] = [new Uint32Array(256), new Uint32Array(256)];
  for (let index = 0; index < 256; index += 1) {
    let [below, above] = [index, 0];
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (below & 1) !== 0;
      below = ((below >>> 1) | (above << 31)) >>> 0;
      above >>>= 1;
      if (isOdd) [below, above] = [(below ^ 0xd787_0f42) >>> 0, (above ^ 0xc96c_5795) >>> 0];
    }
    [low[index], high[index]] = [below, above];
  }
  return [low, high];
}

export function crc64(): { add(piece: Uint8Array): void; is(stated: Uint8Array): boolean } {
  let [low, high] = [0xffff_ffff, 0xffff_ffff];
  return {
    add(piece) {
      for (const byte of piece) {
        const at = (low ^ byte) & 0xff;
        low = (((low >>> 8) | (high << 24)) ^ (LOW[at] ?? 0)) >>> 0;
        high = ((high >>> 8) ^ (HIGH[at] ?? 0)) >>> 0;
      }
    },
    is(stated) {
      const view = new DataView(stated.buffer, stated.byteOffset, stated.byteLength);
      return view.getUint32(0, true) === ~low >>> 0 && view.getUint32(4, true) === ~high >>> 0;
    },
  };
}
