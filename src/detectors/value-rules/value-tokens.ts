import type { DatasetFacet } from '../../model/dataset.ts';
import type { TokenSample } from '../../poisoning/implied-labels.ts';

/** Columns looked at of one row, and windows of one series (CWE-400). */
const MAX_COLUMNS = 4096;

/** Bins of a column that testify about a label: enough to tell classes apart, and each with samples in it. */
const BINS = 8;

/** Values in a window of a series, and levels that its values are rounded to in deviations of the series. */
const WINDOW = 6;
const LEVELS_A_DEVIATION = 8;

/** Means of parts of a series, which testify. */
const PARTS = 8;

/** Rows with `3=0.5` for each column, and series with `w12=…` for each window; coarse values of each place testify. */
export async function* tokenizedValues(dataset: DatasetFacet, signal: AbortSignal): AsyncGenerator<TokenSample> {
  const spread = await spreads(dataset, signal);
  for await (const { id, label, content } of dataset.samples(signal)) {
    if (label === undefined) continue;
    if (content.kind === 'row') {
      const values = content.values.slice(0, MAX_COLUMNS);
      yield { id, label, tokens: values.map((value, column) => `${String(column)}=${String(value)}`), evidence: values.map((value, column) => coarse(value, column, spread[column])) };
    } else if (content.kind === 'series') {
      yield { id, label, ...seriesTokens(content.values, content.channels, content.length) };
    }
  }
}

/** The evidence of the column or place that a token stands in. */
export function columnOf(token: string): readonly string[] {
  const [place = ''] = token.split('=', 1);
  return Array.from({ length: BINS + 2 }, (_, bin) => `${place.startsWith('w') ? `p${place.slice(1).split('/')[1] ?? ''}` : place}~${bin === BINS + 1 ? 'missing' : String(bin)}`);
}

export function valueName(token: string, columns: readonly string[]): string {
  const at = token.indexOf('=');
  const place = token.slice(0, at);
  const value = token.slice(at + 1, at + 81);
  if (!place.startsWith('w')) return value === 'null' ? `a missing ${columns[Number(place)] ?? `column ${place}`}` : `${columns[Number(place)] ?? `column ${place}`} = ${value}`;
  return `one shape at place ${place.slice(1).split('/')[0] ?? ''}`;
}

type Spread = { readonly low: number; readonly high: number } | undefined;

/** Mean and two deviations of each numeric column, in one pass. */
async function spreads(dataset: DatasetFacet, signal: AbortSignal): Promise<readonly Spread[]> {
  const sums: { count: number; sum: number; squares: number }[] = [];
  for await (const { content } of dataset.samples(signal)) {
    if (content.kind !== 'row') continue;
    for (const [column, value] of content.values.slice(0, MAX_COLUMNS).entries()) {
      if (typeof value !== 'number' || !Number.isFinite(value)) continue;
      const mine = (sums[column] ??= { count: 0, sum: 0, squares: 0 });
      mine.count += 1;
      mine.sum += value;
      mine.squares += value * value;
    }
  }
  return Array.from(sums, (one) => {
    if (one === undefined || one.count === 0) return undefined;
    const mean = one.sum / one.count;
    const deviation = Math.sqrt(Math.max(0, one.squares / one.count - mean * mean));
    return deviation > 0 ? { low: mean - 2 * deviation, high: mean + 2 * deviation } : undefined;
  });
}

function coarse(value: number | string | null, column: number, spread: Spread): string {
  if (value === null) return `${String(column)}~missing`;
  if (typeof value === 'string' || spread === undefined) return `${String(column)}=${String(value)}`;
  const bin = Math.floor((BINS * (value - spread.low)) / (spread.high - spread.low)) + 1;
  return `${String(column)}~${String(Math.max(0, Math.min(BINS, bin)))}`;
}

function seriesTokens(values: Float32Array, channels: number, length: number): Pick<TokenSample, 'tokens' | 'evidence'> {
  const [tokens, evidence]: [string[], string[]] = [[], []];
  for (let channel = 0; channel < channels; channel += 1) {
    const line = values.subarray(channel * length, (channel + 1) * length);
    const mean = line.reduce((sum, value) => sum + value, 0) / Math.max(1, length);
    const deviation = Math.sqrt(line.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, length)) || 1;
    for (let part = 0; part < PARTS; part += 1) {
      const piece = line.subarray(Math.floor((part * length) / PARTS), Math.floor(((part + 1) * length) / PARTS));
      const level = piece.reduce((sum, value) => sum + value, 0) / Math.max(1, piece.length);
      evidence.push(`p${String(channel)}.${String(part)}~${String(Math.max(0, Math.min(BINS, Math.round(4 + (2 * (level - mean)) / deviation))))}`);
    }
    for (let at = 0; at + WINDOW <= length && tokens.length < MAX_COLUMNS; at += 1) {
      const shape = Array.from(line.subarray(at, at + WINDOW), (value) => Math.round(LEVELS_A_DEVIATION * value));
      tokens.push(`w${String(channel)}:${String(at)}/${String(channel)}.${String(Math.floor((at * PARTS) / length))}=${shape.join(',')}`);
    }
  }
  return { tokens, evidence };
}
