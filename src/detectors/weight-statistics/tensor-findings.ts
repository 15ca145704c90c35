import type { Finding } from './finding.ts';
import { largestMagnitude, SMALLEST_ALIVE, widestGap, type ChannelStatistics, type TensorStatistics } from './tensor-statistics.ts';

export interface FindingLimits {
  /** A channel's norm over that of the largest ordinary one. */
  readonly channelRatio: number;
  /** Empty octaves between the bulk of a tensor's magnitudes and its largest. */
  readonly gapOctaves: number;
  /** Equal values in a row that are not zero. */
  readonly constantRun: number;
}

/** Fewer channels have no ordinary size. */
const MINIMUM_CHANNELS = 8;

/** Share of the channels that may be extreme together. */
const EXTREME_SHARE = 0.02;

/** Fewer values repeat by chance, and small kernels are quantised to the same few. */
const MINIMUM_DUPLICATE_SIZE = 16;

/** More equal channels than this are made on purpose (padded vocabularies, tied heads, fixed filters), not slipped in. */
const DUPLICATE_SHARE = 0.02;

/** Rows of a vocabulary: tokens that were added together are equal until they are trained. */
const MAX_DUPLICATE_CHANNELS = 4096;

/** Smaller tensors have no histogram to speak of. */
const MINIMUM_HISTOGRAM_VALUES = 256;

/** Fewer different magnitudes (eighths of octaves) are a mask or a table of a few constants. */
const MINIMUM_BINS = 16;

/** A tensor with more equal neighbours consists of constant stretches (a grid, a mask, ternary weights). */
const MAX_EQUAL_SHARE = 0.05;

/** Weights of a few values, or with stretches of zeros: equal channels and changes of precision mean nothing there. */
export function isRepetitive({ equalNeighbours, count }: TensorStatistics): boolean {
  return equalNeighbours > MAX_EQUAL_SHARE * count;
}

/** What stands out in one tensor, beyond its limit or not: the caller decides what is worth saying. */
export function tensorFindings(tensor: TensorStatistics, limits: FindingLimits): readonly Finding[] {
  const gap = widestGap(tensor.histogram);
  return [...notFinite(tensor, gap.occupiedBins), ...tensor.channels.flatMap((channels) => extremeChannel(tensor, channels, limits)), ...detached(tensor, gap, limits), ...constantRun(tensor, limits)];
}

/** Attention masks are made of −∞ and zero, and a lone infinity is what a clamp or a maximum begins with. */
function notFinite(tensor: TensorStatistics, occupiedBins: number): readonly Finding[] {
  const { nanCount, infiniteCount, firstNotFinite } = tensor;
  const count = nanCount + infiniteCount;
  if (count === 0 || firstNotFinite === undefined) return [];
  if (nanCount === 0 && (tensor.count === 1 || occupiedBins <= 2)) return [];
  return [finding(tensor, 'not-finite', 1 + count, { count, nanCount, infiniteCount, index: firstNotFinite })];
}

function extremeChannel(tensor: TensorStatistics, { axis, count, size, sumOfSquares }: ChannelStatistics, limits: FindingLimits): readonly Finding[] {
  if (count < MINIMUM_CHANNELS || size < 2) return [];
  const sorted = Float64Array.from(sumOfSquares).sort();
  const most = sorted[count - 1] as number;
  const ordinary = sorted[count - 1 - Math.max(1, Math.floor(EXTREME_SHARE * count))] as number;
  if (ordinary / size < SMALLEST_ALIVE ** 2) return [];
  const ratio = Math.sqrt(most / ordinary);
  if (!Number.isFinite(ratio)) return [];
  return [finding(tensor, 'extreme-channel', ratio / limits.channelRatio, { axis, channel: sumOfSquares.indexOf(most), channels: count, norm: Math.sqrt(most), ordinary: Math.sqrt(ordinary), ratio })];
}

function detached(tensor: TensorStatistics, gap: ReturnType<typeof widestGap>, limits: FindingLimits): readonly Finding[] {
  if (tensor.shape.length < 2 || tensor.count < MINIMUM_HISTOGRAM_VALUES || gap.occupiedBins < MINIMUM_BINS || gap.beyond === 0) return [];
  const rootMeanSquare = Math.sqrt(tensor.sumOfSquares / tensor.count);
  return [finding(tensor, 'detached-values', gap.octaves / limits.gapOctaves, { beyond: gap.beyond, count: tensor.count, octaves: gap.octaves, largest: largestMagnitude(tensor.histogram), rootMeanSquare })];
}

function constantRun(tensor: TensorStatistics, limits: FindingLimits): readonly Finding[] {
  const { length, start, value } = tensor.longestRun;
  const rowSize = tensor.count / (tensor.shape[0] ?? 1);
  // A whole row of one value is an initialization or a padding.
  if (tensor.shape.length < 2 || length >= rowSize || length < 2 || tensor.equalNeighbours - length > MAX_EQUAL_SHARE * tensor.count) return [];
  if (!Number.isFinite(value)) return [];
  return [finding(tensor, 'constant-block', length / limits.constantRun, { length, index: start, value })];
}

export interface DuplicatePair {
  readonly axis: 'row' | 'column';
  readonly first: number;
  readonly second: number;
  readonly channels: number;
}

/** Pairs of channels that look the same, where they are so few that nobody made them so for a reason. Hashes may be wrong: look at the values. */
export function duplicatePairs(tensor: TensorStatistics): readonly DuplicatePair[] {
  if (isRepetitive(tensor)) return [];
  const { channels } = tensor;
  return channels.flatMap(({ axis, count, size, sumOfSquares, hashes }) => {
    if (size < MINIMUM_DUPLICATE_SIZE || count < MINIMUM_CHANNELS || count > MAX_DUPLICATE_CHANNELS) return [];
    const seen = new Map<number, number[]>();
    const pairs: DuplicatePair[] = [];
    for (let channel = 0; channel < count; channel += 1) {
      const squares = sumOfSquares[channel] as number;
      if (squares / size < SMALLEST_ALIVE ** 2) continue;
      const hash = hashes[channel] as number;
      const known = seen.get(hash) ?? [];
      const first = known.find((one) => sumOfSquares[one] === squares);
      if (first !== undefined) pairs.push({ axis, first, second: channel, channels: count });
      else if (known.push(channel) === 1) seen.set(hash, known);
    }
    return pairs.length > Math.max(1, DUPLICATE_SHARE * count) ? [] : pairs;
  });
}

export function duplicateFinding(tensor: TensorStatistics, { axis, first, second, channels }: DuplicatePair, pairs: number): Finding {
  return finding(tensor, 'duplicated-channel', 1 + pairs, { axis, first, second, channels, pairs });
}

/** Channels along the first axis that hold nothing but zeros. */
export function zeroChannels({ channels }: TensorStatistics): number {
  const rows = channels.find(({ axis }) => axis === 'row');
  return rows === undefined ? 0 : rows.sumOfSquares.reduce((zeros, squares) => zeros + (squares === 0 ? 1 : 0), 0);
}

function finding({ name }: TensorStatistics, message: Finding['message'], exceedance: number, data: Finding['data']): Finding {
  return { message, exceedance, data: { tensor: name, ...data }, location: { tensor: name } };
}
