import type { DatasetFacet } from '../../model/dataset.ts';
import { quantile } from '../../statistics/quantile.ts';

/** All labelled series of a dataset, made of one length and one scale. */
export interface SeriesTable {
  readonly ids: readonly string[];
  readonly labels: Int32Array;
  readonly channels: number;
  /** Values a channel. */
  readonly length: number;
  /** Values that the median series had before. */
  readonly originalLength: number;
  /** [sample, channel, time]; each channel has the mean 0 and the deviation 1 over the set. */
  readonly values: Float32Array;
}

/** Floats kept of all samples: 256 MiB (CWE-770). */
const MAX_VALUES = 2 ** 26;

/** Longer series are averaged down to this: comparing windows grows with the square of the length. */
const MAX_LENGTH = 512;

/** Below it a series has no shape that is not the whole of it. */
export const MIN_LENGTH = 16;

export const MAX_CHANNELS = 64;

/** Values by which a channel is scaled, and their quantiles beyond which they do not count, so that one broken sensor does not flatten all others. */
const SCALED_BY = 100_000;
const TAIL = 0.005;

/** Deviations that a value is held to. */
const FARTHEST = 30;

/** A sentence where the samples cannot be laid side by side; undefined when `goOn` said no. */
export async function seriesTable(dataset: DatasetFacet, signal: AbortSignal, goOn: () => boolean): Promise<SeriesTable | string | undefined> {
  const lengths: number[] = [];
  let channels = 0;
  for await (const { label, content } of dataset.samples(signal)) {
    if (lengths.length % 1024 === 0 && !goOn()) return undefined;
    if (label === undefined || content.kind !== 'series') continue;
    lengths.push(content.length);
    channels = Math.max(channels, content.channels);
  }
  if (lengths.length === 0) return 'No series has a label.';
  const originalLength = Math.round(quantile(lengths, 0.5) ?? 0);
  const length = Math.min(originalLength, MAX_LENGTH, Math.floor(MAX_VALUES / (lengths.length * channels)));
  if (length < MIN_LENGTH) return `Series have ${String(originalLength)} values, of which ${String(length)} each fit into memory; shapes need ${String(MIN_LENGTH)}.`;
  if (channels > MAX_CHANNELS) return `Series have ${String(channels)} channels; at most ${String(MAX_CHANNELS)} are compared.`;

  const values = new Float32Array(lengths.length * channels * length);
  const labels = new Int32Array(lengths.length);
  const ids: string[] = [];
  for await (const { id, label, content } of dataset.samples(signal)) {
    if (ids.length % 1024 === 0 && !goOn()) return undefined;
    if (label === undefined || content.kind !== 'series') continue;
    for (let channel = 0; channel < content.channels; channel += 1) {
      const from = (ids.length * channels + channel) * length;
      stretch(filled(content.values.subarray(channel * content.length, (channel + 1) * content.length)), values.subarray(from, from + length));
    }
    labels[ids.length] = label;
    ids.push(id);
  }
  for (let channel = 0; channel < channels; channel += 1) scaleChannel(values, ids.length, channels, channel, length);
  return { ids, labels, channels, length, originalLength, values };
}

export function channelOf(table: SeriesTable, row: number, channel: number): Float32Array {
  const from = (row * table.channels + channel) * table.length;
  return table.values.subarray(from, from + table.length);
}

/** Missing values as the one before them; leading ones as the first that is there. */
function filled(line: Float32Array): Float32Array {
  if (line.every(Number.isFinite)) return line;
  let last = line.find(Number.isFinite) ?? 0;
  return line.map((value) => (last = Number.isFinite(value) ? value : last));
}

/** Means over equal parts of the time, so that no value is left out. */
function stretch(from: Float32Array, to: Float32Array): void {
  if (from.length === to.length) return void to.set(from);
  const step = from.length / to.length;
  for (let at = 0; at < to.length; at += 1) {
    const [low, high] = [at * step, (at + 1) * step];
    let sum = 0;
    for (let place = Math.floor(low); place < high && place < from.length; place += 1) sum += (from[place] as number) * (Math.min(high, place + 1) - Math.max(low, place));
    to[at] = sum / step;
  }
}

function scaleChannel(values: Float32Array, count: number, channels: number, channel: number, length: number): void {
  const stride = Math.max(1, Math.floor((count * length) / SCALED_BY));
  const sampled: number[] = [];
  for (let at = 0; at < count * length; at += stride) sampled.push(values[(Math.floor(at / length) * channels + channel) * length + (at % length)] as number);
  const [low, high] = [quantile(sampled, TAIL) ?? 0, quantile(sampled, 1 - TAIL) ?? 0];
  const inner = sampled.filter((value) => value >= low && value <= high);
  const mean = inner.reduce((sum, value) => sum + value, 0) / inner.length;
  const deviation = Math.sqrt(inner.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inner.length) || 1;
  for (let row = 0; row < count; row += 1) {
    const from = (row * channels + channel) * length;
    for (let at = from; at < from + length; at += 1) values[at] = Math.max(-FARTHEST, Math.min(FARTHEST, ((values[at] as number) - mean) / deviation));
  }
}
