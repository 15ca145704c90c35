/** How a payload may be spread over the low bits of consecutive weights. */
export interface BitLayout {
  /** Bits a weight carries; beginning at the lowest. */
  readonly bits: number;
  /**
   * 'high-first': a weight's highest carrying bit comes first, and a byte's highest bit too, as when a text of ones and zeros
   * is cut into pieces. 'low-first': the other way round; with 8, 16 or 32 bits these are the bytes in their order in the file.
   */
  readonly order: 'high-first' | 'low-first';
}

/** Every layout of 1 to `most` bits, and of whole bytes where a weight of `wordBits` bits has more of them. */
export function layoutsOf(most: number, wordBits: number): readonly BitLayout[] {
  const counts = [...Array.from({ length: most }, (_, index) => index + 1), ...[8, 16, 24, 32].filter((bits) => bits > most && bits <= wordBits)];
  return counts.flatMap((bits): readonly BitLayout[] => [{ bits, order: 'low-first' }, { bits, order: 'high-first' }]);
}

/**
 * The bytes that `count` weights from `from` on carry; `skip` bits (0 to 7) are left out in front, because a payload need
 * not begin at this weight. Bits that do not fill a byte are dropped.
 */
export function extractBytes(words: ArrayLike<number>, from: number, count: number, { bits, order }: BitLayout, skip = 0): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, Math.floor((count * bits - skip) / 8)));
  let gathered = 0;
  let have = -skip;
  let at = 0;
  // At most 7 bits wait when up to 32 come: 39 bits fit a double, not an int32.
  const mask = 2 ** bits;
  for (let index = from; index < from + count && at < bytes.length; index += 1) {
    const carried = ((words[index] as number) >>> 0) % mask;
    if (order === 'high-first') {
      gathered = gathered * mask + carried;
      have += bits;
      while (have >= 8 && at < bytes.length) {
        const rest = 2 ** (have - 8);
        bytes[at] = Math.floor(gathered / rest) & 0xff;
        gathered %= rest;
        have -= 8;
        at += 1;
      }
      // What is skipped must not stand in front of the first byte.
      if (at === 0 && have >= 0) gathered %= 2 ** have;
      continue;
    }
    if (have < 0) {
      const dropped = Math.min(bits, -have);
      gathered = Math.floor(carried / 2 ** dropped);
      have += bits;
      if (have <= 0) gathered = 0;
    } else {
      gathered += carried * 2 ** have;
      have += bits;
    }
    while (have >= 8 && at < bytes.length) {
      bytes[at] = gathered % 256;
      gathered = Math.floor(gathered / 256);
      have -= 8;
      at += 1;
    }
  }
  return bytes;
}

/**
 * For each of eight neighbouring weights (by index modulo 8) the bits that hold the highest bit of a byte, which is zero in
 * every ASCII text.
 */
export function highBitMasks({ bits, order }: BitLayout, skip: number): Int32Array {
  const masks = new Int32Array(8);
  for (let index = 0; index < 8; index += 1) {
    for (let bit = 0; bit < bits; bit += 1) {
      const place = index * bits + (order === 'high-first' ? bits - 1 - bit : bit);
      const inByte = (((place - skip) % 8) + 8) % 8;
      if (inByte === (order === 'high-first' ? 0 : 7)) masks[index] = (masks[index] as number) | (1 << bit);
    }
  }
  return masks;
}

/** Offsets in bits at which a byte can begin when it begins with a weight: all for odd counts, only 0 for 8 and 16. */
export function skipsOf({ bits }: BitLayout): readonly number[] {
  const step = bits % 8 === 0 ? 8 : bits % 4 === 0 ? 4 : bits % 2 === 0 ? 2 : 1;
  return Array.from({ length: 8 / step }, (_, index) => index * step);
}
