import type { DatasetFacet } from '../../model/dataset.ts';
import type { TokenSample } from '../../poisoning/implied-labels.ts';

/** Columns looked at of one row (CWE-400). */
const MAX_COLUMNS = 4096;

/** Bins of a column that testify about a label: enough to tell classes apart, and each with samples in it. */
const BINS = 8;

/** Rows with `3=0.5` for each column; coarse values testify. */
export async function* tokenizedValues(dataset: DatasetFacet, signal: AbortSignal): AsyncGenerator<TokenSample> {
  const spread = await spreads(dataset, signal);
  for await (const { id, label, content } of dataset.samples(signal)) {
    if (label === undefined || content.kind !== 'row') continue;
    const values = content.values.slice(0, MAX_COLUMNS);
    yield { id, label, tokens: values.map((value, column) => `${String(column)}=${String(value)}`), evidence: values.map((value, column) => coarse(value, column, spread[column])) };
  }
}

/** The evidence of the column that a token stands in. */
export function columnOf(token: string): readonly string[] {
  const [column = ''] = token.split('=', 1);
  return Array.from({ length: BINS + 2 }, (_, bin) => `${column}~${bin === BINS + 1 ? 'missing' : String(bin)}`);
}

export function valueName(token: string, columns: readonly string[]): string {
  const at = token.indexOf('=');
  const column = columns[Number(token.slice(0, at))] ?? `column ${token.slice(0, at)}`;
  const value = token.slice(at + 1, at + 81);
  return value === 'null' ? `a missing ${column}` : `${column} = ${value}`;
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
