import { deflateRawSync } from 'node:zlib';
import type { RandomSource } from '../../statistics/random.ts';
import { extractBytes, layoutsOf, type BitLayout } from './bit-layout.ts';

/** Weights in a sample: 2 kB of payload at one bit a weight, enough for deflate to gain by what repeats. */
export const SAMPLE_WEIGHTS = 16_384;

/** More zeros, and their places (structured sparsity, padding) are the order that is found. */
const MAX_ZERO_SHARE = 0.05;

/** Fewer different weights, and repeating numbers (quantised weights, tables) are the order that is found. */
const MIN_DISTINCT_SHARE = 0.9;

/** Standard deviations from which bits that depend on their place or on their neighbours are worth compressing; of some hundred tests on ordinary weights the largest is below 4.5 nearly always. */
const WORTH_A_LOOK = 6;

/** Places apart at which a payload's bits agree with each other: the same bit of the next byte at 8, 4, 2 and 1 bits a weight. */
const LAGS = [1, 2, 4, 8] as const;

export interface OrderedBits {
  readonly layout: BitLayout;
  /** Size of the shuffled bytes compressed over the size of the bytes in order compressed; 1 for ordinary weights. */
  readonly gain: number;
}

/**
 * Whether the low bits of a sample of consecutive weights compress better in their order than shuffled. Training, rounding
 * and initialization give low bits that may be anything but uniform, and that do not depend on what stands before them;
 * programs, tables and texts do. Returns the layout with the largest gain, or undefined where the sample cannot be judged
 * (many zeros, few different weights) or where nothing speaks for an order.
 */
export function orderedLowBits(words: Int32Array, mostBits: number, random: RandomSource): OrderedBits | undefined {
  if (words.length < SAMPLE_WEIGHTS) return undefined;
  if (!isWorthALook(words, mostBits)) return undefined;
  let zeros = 0;
  for (const word of words) if ((word & 0x7fff_ffff) === 0) zeros += 1;
  if (zeros > MAX_ZERO_SHARE * words.length || new Set(words).size < MIN_DISTINCT_SHARE * (words.length - zeros)) return undefined;
  const shuffled = Int32Array.from(random.shuffle(Array.from(words)));
  let best: OrderedBits | undefined;
  for (const layout of layoutsOf(mostBits, 0)) {
    const gain = compressedLength(shuffled, layout) / compressedLength(words, layout);
    if (gain > (best?.gain ?? 1)) best = { layout, gain };
  }
  return best;
}

function compressedLength(words: Int32Array, layout: BitLayout): number {
  return deflateRawSync(extractBytes(words, 0, words.length, layout), { level: 6 }).length;
}

/** A cheap look first: do bits depend on the index modulo 8, or on the bits of weights before them? */
function isWorthALook(words: Int32Array, mostBits: number): boolean {
  const count = words.length;
  // Tables of 256 counters for the two low bytes: of each column, and of what differs at each lag.
  const tables = new Uint32Array((8 + LAGS.length) * 2 * 256);
  for (let at = 0; at < count; at += 1) addBytes(tables, at & 7, words[at] as number);
  for (let index = 0; index < LAGS.length; index += 1) {
    const lag = LAGS[index] as number;
    for (let at = lag; at < count; at += 1) addBytes(tables, 8 + index, (words[at] as number) ^ (words[at - lag] as number));
  }
  const onesIn = (table: number, bit: number): number => {
    let ones = 0;
    const start = table * 512 + (bit >= 8 ? 256 : 0);
    for (let byte = 0; byte < 256; byte += 1) if (((byte >>> (bit & 7)) & 1) === 1) ones += tables[start + byte] as number;
    return ones;
  };
  for (let bit = 0; bit < mostBits; bit += 1) {
    const byColumn = Array.from({ length: 8 }, (_, column) => onesIn(column, bit));
    const p = byColumn.reduce((all, one) => all + one, 0) / count;
    if (p === 0 || p === 1) continue;
    if (byColumn.some((ones) => isFar(ones, count / 8, p))) return true;
    if (LAGS.some((lag, index) => isFar(onesIn(8 + index, bit), count - lag, 2 * p * (1 - p)))) return true;
  }
  return false;
}

function addBytes(tables: Uint32Array, table: number, word: number): void {
  const low = table * 512 + (word & 0xff);
  const high = table * 512 + 256 + ((word >>> 8) & 0xff);
  tables[low] = (tables[low] as number) + 1;
  tables[high] = (tables[high] as number) + 1;
}

/** A count of a binomial further from its mean than {@link WORTH_A_LOOK} standard deviations. */
function isFar(hits: number, count: number, p: number): boolean {
  return Math.abs(hits - count * p) > WORTH_A_LOOK * Math.sqrt(count * p * (1 - p)) + 1;
}
