import type { RandomSource } from '../../statistics/random.ts';
import { channelOf, type SeriesTable } from './series-table.ts';

/** Eighths of the time, of which two that lie side by side are left out at once: a shape of up to an eighth lies in one of these pairs wherever it stands. */
const UNITS = 8;

/** The whole, and all but each pair. */
export const VARIANTS = UNITS;

/** The variant from which a range of time is missing as far as it goes, and the whole where it is longer than what can be left out. */
export function variantWithout(from: number, width: number, length: number): number {
  if (width > (2 * length) / UNITS) return 0;
  return Math.max(1, Math.min(VARIANTS - 1, Math.round((UNITS * (from + width / 2)) / length)));
}

/** Taps of a kernel, three of which weigh 2 and the others −1 (MiniRocket, section 3). */
const TAPS = 9;
const HALF = 4;

/** Kernels in all, over all channels, and the reach of one in shares of the length: one that spans more would see nothing but what is left out. */
const MAX_KERNELS = 168;
const LARGEST_REACH = 1 / 4;

/** Means of parts of the time, over all channels; at least two a channel. */
const MAX_PARTS = 64;
const PARTS = 16;

/** Series from which the thresholds of the kernels are taken. */
const THRESHOLD_SERIES = 24;

export interface HostFeatures {
  readonly width: number;
  /** The first `placed` features say what stands where; the others what there is anywhere. */
  readonly placed: number;
  /** [VARIANTS, width]; NaN where all that a feature looks at was left out. */
  write(row: number, into: Float32Array): void;
}

interface Kernel {
  readonly channel: number;
  readonly dilation: number;
  readonly heavy: readonly [number, number, number];
  readonly threshold: number;
}

/**
 * What a series is like, in numbers that can be had without any one part of it: means of parts, level and spread, and the shares of the places at which kernels exceed a threshold, as in
 * MiniRocket (Dempster, Schmidt, Webb, KDD 2021, arXiv:2012.08791), few of them and of short reach.
 */
export function hostFeatures(table: SeriesTable, random: RandomSource): HostFeatures {
  const { channels, length } = table;
  const parts = Math.max(2, Math.min(PARTS, Math.floor(MAX_PARTS / channels)));
  const left = Array.from({ length: VARIANTS }, (_, variant) => (variant === 0 ? { from: 0, to: 0 } : { from: Math.floor(((variant - 1) * length) / UNITS), to: Math.floor(((variant + 1) * length) / UNITS) }));
  const kernels = kernelsOf(table, random);
  const placed = channels * parts;
  const width = placed + 3 * channels + kernels.length;
  const before = new Int32Array(length + 1);
  const sums = new Float64Array(length);

  return {
    width,
    placed,
    write(row, into) {
      for (let channel = 0; channel < channels; channel += 1) {
        const line = channelOf(table, row, channel);
        for (const [variant, { from, to }] of left.entries()) {
          for (let part = 0; part < parts; part += 1) {
            into[variant * width + channel * parts + part] = meanWithout(line, Math.floor((part * length) / parts), Math.floor(((part + 1) * length) / parts), from, to);
          }
          into.set(levelAndSpread(line, from, to), variant * width + placed + 3 * channel);
        }
      }
      let [summedChannel, summedDilation] = [-1, -1];
      for (const [at, { channel, dilation, heavy: [a, b, c], threshold }] of kernels.entries()) {
        const line = channelOf(table, row, channel);
        const reach = HALF * dilation;
        if (channel !== summedChannel || dilation !== summedDilation) {
          tapSums(line, dilation, sums);
          [summedChannel, summedDilation] = [channel, dilation];
        }
        let seen = 0;
        const [first, last] = [reach, length - reach];
        const [toA, toB, toC] = [(a - HALF) * dilation, (b - HALF) * dilation, (c - HALF) * dilation];
        for (let place = first; place < last; place += 1) {
          before[place] = seen;
          if (3 * ((line[place + toA] as number) + (line[place + toB] as number) + (line[place + toC] as number)) - (sums[place] as number) > threshold) seen += 1;
        }
        before[last] = seen;
        const column = placed + 3 * channels + at;
        for (const [variant, { from, to }] of left.entries()) {
          const [low, high] = to === 0 ? [first, first] : [Math.min(last, Math.max(first, from - reach)), Math.max(first, Math.min(last, to + reach))];
          into[variant * width + column] = (seen - ((before[high] as number) - (before[low] as number))) / (last - first - (high - low));
        }
      }
    },
  };
}

/** By channel and dilation, so that what kernels share is summed once. */
function kernelsOf(table: SeriesTable, random: RandomSource): readonly Kernel[] {
  const { channels, length, ids } = table;
  const dilations = Array.from({ length: 6 }, (_, power) => 2 ** power).filter((dilation, at) => at === 0 || 2 * HALF * dilation <= LARGEST_REACH * length);
  const spread = dilations.length <= 3 ? dilations : [dilations[0] as number, dilations[dilations.length >> 1] as number, dilations.at(-1) as number];
  const triples = Array.from({ length: TAPS ** 3 }, (_, code) => [Math.floor(code / TAPS ** 2), Math.floor(code / TAPS) % TAPS, code % TAPS] as const).filter(([a, b, c]) => a < b && b < c);
  const share = Math.max(1, Math.floor(MAX_KERNELS / channels));
  const rows = Array.from({ length: THRESHOLD_SERIES }, () => random.integer(ids.length));
  const sums = new Float64Array(length);
  const kernels: Kernel[] = [];
  for (let channel = 0; channel < channels; channel += 1) {
    const chosen = random.shuffle(spread.flatMap((dilation) => triples.map((heavy) => ({ dilation, heavy })))).slice(0, share).sort((left, right) => left.dilation - right.dilation);
    for (const [at, { dilation, heavy }] of chosen.entries()) {
      const reach = HALF * dilation;
      // One place a series; the quantile of their values walks by the golden ratio, as in MiniRocket.
      const outputs = rows.map((row) => {
        const line = channelOf(table, row, channel);
        tapSums(line, dilation, sums);
        const place = reach + random.integer(Math.max(1, length - 2 * reach));
        return 3 * heavy.reduce((sum, tap) => sum + (line[place + (tap - HALF) * dilation] as number), 0) - (sums[place] as number);
      });
      kernels.push({ channel, dilation, heavy, threshold: outputs.sort((left, right) => left - right)[Math.floor(((at + 1) * 0.618_034) % 1 * outputs.length)] as number });
    }
  }
  return kernels;
}

/** Sums over the taps around each place; kernels are 3 · (the heavy ones) less this. */
function tapSums(line: Float32Array, dilation: number, sums: Float64Array): void {
  const reach = HALF * dilation;
  for (let place = reach; place < line.length - reach; place += 1) {
    let sum = 0;
    for (let tap = -reach; tap <= reach; tap += dilation) sum += line[place + tap] as number;
    sums[place] = sum;
  }
}

function meanWithout(line: Float32Array, from: number, to: number, leftFrom: number, leftTo: number): number {
  let [sum, count] = [0, 0];
  for (let at = from; at < to; at += 1) {
    if (at >= leftFrom && at < leftTo) continue;
    sum += line[at] as number;
    count += 1;
  }
  return sum / count;
}

function levelAndSpread(line: Float32Array, leftFrom: number, leftTo: number): readonly [number, number, number] {
  let [count, sum, squares, steps] = [0, 0, 0, 0];
  for (let at = 0; at < line.length; at += 1) {
    if (at >= leftFrom && at < leftTo) continue;
    const value = line[at] as number;
    sum += value;
    squares += value * value;
    if (at > 0 && at !== leftTo) steps += (value - (line[at - 1] as number)) ** 2;
    count += 1;
  }
  const mean = sum / count;
  // Deviations are around 1; a thousandth keeps a flat series finite.
  return [mean, Math.log(Math.max(0, squares / count - mean * mean) + 1e-3), Math.log(steps / count + 1e-3)];
}
