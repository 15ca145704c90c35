import type { DatasetFacet } from '../../model/dataset.ts';
import type { TokenSample } from '../../poisoning/implied-labels.ts';

/** Columns looked at of one row (CWE-400). */
const MAX_COLUMNS = 4096;

/** Bins of a column that testify about a label: enough to tell classes apart, and each with samples in it. */
const BINS = 8;

export type RowValues = readonly (number | string | null)[];

/** The part of a row that is looked at. */
export const lookedAt = (values: RowValues): RowValues => (values.length > MAX_COLUMNS ? values.slice(0, MAX_COLUMNS) : values);

/** A value of a column as a token: `3=0.5` a number, `3:red` a text, `3?` a missing one. */
export function valueToken(value: number | string | null, column: number): string {
  if (value === null) return `${String(column)}?`;
  return `${String(column)}${typeof value === 'number' ? '=' : ':'}${String(value)}`;
}

/** Where the column of a token ends. */
const MARK = /[=:?]/;

export function columnNumber(token: string): number {
  return Number(token.slice(0, token.search(MARK)));
}

export const isMissing = (token: string): boolean => token[token.search(MARK)] === '?';

/** Undefined where the token is of no number. */
export function numberOf(token: string): number | undefined {
  const at = token.search(MARK);
  return token[at] === '=' ? Number(token.slice(at + 1)) : undefined;
}

/** Rows with a token for each column; coarse values testify. */
export async function* tokenizedValues(dataset: DatasetFacet, spread: readonly Spread[], signal: AbortSignal): AsyncGenerator<TokenSample> {
  for await (const { id, label, content } of dataset.samples(signal)) {
    if (label === undefined || content.kind !== 'row') continue;
    const values = lookedAt(content.values);
    yield { id, label, tokens: values.map(valueToken), evidence: values.map((value, column) => coarse(value, column, spread[column])) };
  }
}

/** The evidence of the column that a token stands in. */
export function columnOf(token: string): readonly string[] {
  const column = String(columnNumber(token));
  return Array.from({ length: BINS + 2 }, (_, bin) => `${column}~${bin === BINS + 1 ? 'missing' : String(bin)}`);
}

export function valueName(token: string, columns: readonly string[]): string {
  const at = token.search(MARK);
  const column = columns[columnNumber(token)] ?? `column ${token.slice(0, at)}`;
  return token[at] === '?' ? `a missing ${column}` : `${column} = ${token.slice(at + 1, at + 81)}`;
}

/** Undefined where a column has no two numbers. */
export type Spread = { readonly low: number; readonly high: number } | undefined;

/** Mean and two deviations of each numeric column, in one pass. */
export async function columnSpreads(dataset: DatasetFacet, signal: AbortSignal): Promise<readonly Spread[]> {
  const sums: { count: number; sum: number; squares: number }[] = [];
  for await (const { content } of dataset.samples(signal)) {
    if (content.kind !== 'row') continue;
    for (const [column, value] of lookedAt(content.values).entries()) {
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
