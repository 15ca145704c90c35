import type { RandomSource } from '../../statistics/random.ts';

/** Independent bands: two rows at a fifth of their length from each other share one with a chance above 0.998 at 2,400 rows, and above 0.95 at a million. */
const BANDS = 12;

/** Bits of a band beyond those that number the rows: most buckets then hold rows that are alike. */
const SPARE_BITS = 2;
const MOST_BITS = 24;

/** Rows of one bucket that each is compared with: keeps the time linear where thousands of rows look alike. */
const COMPARED = 32;

export interface NearPairsRequest {
  /** [count, width] */
  readonly table: Float32Array;
  readonly count: number;
  readonly width: number;
  /** Distance of two rows relative to the longer one. */
  readonly radius: number;
  readonly random: RandomSource;
  /** Called for each pair at least once, the lower row first. */
  pair(a: number, b: number, distance: number): void;
  goOn(share: number): boolean;
}

/**
 * Pairs of rows that nearly agree, found by the signs of random projections in bands (Charikar, Similarity Estimation Techniques from Rounding Algorithms, STOC 2002) and then measured. In a
 * bucket of many rows each is compared with the next few only, which still links all of them. False when `goOn` said no.
 */
export function nearPairs({ table, count, width, radius, random, pair, goOn }: NearPairsRequest): boolean {
  const bits = Math.min(MOST_BITS, Math.max(8, Math.ceil(Math.log2(count + 1)) + SPARE_BITS));
  const lengths = Float64Array.from({ length: count }, (_, row) => Math.sqrt(squaredDistance(table, width, row, undefined, Infinity)));
  for (let band = 0; band < BANDS; band += 1) {
    if (!goOn(band / BANDS)) return false;
    const planes = Float32Array.from({ length: bits * width }, () => (random.uniform() < 0.5 ? -1 : 1));
    const keys = Uint32Array.from({ length: count }, (_, row) => keyOf(table, width, row, planes, bits));
    const order = Uint32Array.from({ length: count }, (_, row) => row).sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
    for (let at = 0; at < count; at += 1) {
      const row = order[at] as number;
      for (let next = at + 1; next < count && next <= at + COMPARED && keys[order[next] as number] === keys[row]; next += 1) {
        const other = order[next] as number;
        const limit = radius * Math.max(lengths[row] as number, lengths[other] as number);
        const squared = squaredDistance(table, width, row, other, limit * limit);
        if (squared <= limit * limit) pair(row, other, limit > 0 ? (radius * Math.sqrt(squared)) / limit : 0);
      }
    }
  }
  return true;
}

function keyOf(table: Float32Array, width: number, row: number, planes: Float32Array, bits: number): number {
  let key = 0;
  for (let bit = 0; bit < bits; bit += 1) {
    let sum = 0;
    for (let column = 0; column < width; column += 1) sum += (table[row * width + column] as number) * (planes[bit * width + column] as number);
    key = (key << 1) | (sum > 0 ? 1 : 0);
  }
  return key >>> 0;
}

/** To another row, or to zero; stops beyond the limit. */
function squaredDistance(table: Float32Array, width: number, row: number, other: number | undefined, limit: number): number {
  let sum = 0;
  for (let column = 0; column < width && sum <= limit; column += 1) {
    const difference = (table[row * width + column] as number) - (other === undefined ? 0 : (table[other * width + column] as number));
    sum += difference * difference;
  }
  return sum;
}
