import type { TokenCounts } from '../../poisoning/token-counts.ts';
import { quantile } from '../../statistics/quantile.ts';
import { columnNumber, isMissing, numberOf } from './value-tokens.ts';

/** A column is of numbers, or of texts, where this share of its values is. */
const OF_ONE_KIND = 0.9;

/** A number is outside of a column where it is this share of the others' range away from all of them, and this many times farther than neighbors usually are from each other: a step of a scale is no gap. */
const LEAST_GAP = 0.05;
const LEAST_STEPS = 1.5;

/** A number is more precise than a column where at most this share of the others has as many decimals. */
const AS_PRECISE = 0.01;

/** A number stands out where it recurs this many times more often than any other of a column with more than so many. */
const LEAST_RECURRENCE = 3;
const LEAST_DISTINCT = 20;

interface ColumnValue {
  readonly token: string;
  readonly count: number;
}

interface ColumnNumber extends ColumnValue {
  readonly number: number;
}

/**
 * Values that are unlike the others of their column, whatever the labels say: missing ones, numbers among texts and texts among numbers, numbers outside of the range of
 * the others, more precise than the others, or recurring where hardly anything recurs. They are few by nature, so that little has to be corrected for having tried them.
 */
export function foreignValues(counts: TokenCounts): readonly string[] {
  const columns = new Map<number, ColumnValue[]>();
  for (const [token, byClass] of counts.entries()) {
    const column = columnNumber(token);
    const values = columns.get(column) ?? [];
    columns.set(column, values);
    values.push({ token, count: byClass.reduce((sum, one) => sum + one, 0) });
  }
  return [...columns.values()].flatMap(foreignOf);
}

function foreignOf(values: readonly ColumnValue[]): readonly string[] {
  const missing = values.filter(({ token }) => isMissing(token));
  const numbers = values.flatMap((one): readonly ColumnNumber[] => {
    const number = numberOf(one.token);
    return number === undefined ? [] : [{ ...one, number }];
  });
  const texts = values.filter(({ token }) => !isMissing(token) && numberOf(token) === undefined);
  const least = OF_ONE_KIND * (rowsOf(numbers) + rowsOf(texts));
  const foreign = rowsOf(texts) >= least ? numbers : [...(rowsOf(numbers) >= least ? texts : []), ...foreignNumbers(numbers)];
  return [...new Set([...missing, ...foreign].map(({ token }) => token))];
}

const rowsOf = (values: readonly ColumnValue[]): number => values.reduce((sum, { count }) => sum + count, 0);

function foreignNumbers(numbers: readonly ColumnNumber[]): readonly ColumnNumber[] {
  const sorted = [...numbers].sort((a, b) => a.number - b.number);
  return [...outside(sorted), ...outside(sorted.map((one) => ({ ...one, number: -one.number })).reverse()), ...precise(sorted), ...recurring(sorted)];
}

/** The largest, where it is far from all others. */
function outside(sorted: readonly ColumnNumber[]): readonly ColumnNumber[] {
  const [lowest, largest] = [sorted[0], sorted.at(-1)];
  const others = sorted.slice(0, -1).map(({ number }) => number);
  if (lowest === undefined || largest === undefined || others.length < 2) return [];
  const highest = others.at(-1) as number;
  const step = quantile(others.slice(1).map((number, at) => number - (others[at] as number)), 0.5) ?? 0;
  return largest.number - highest > Math.max(LEAST_STEPS * step, LEAST_GAP * (highest - lowest.number)) ? [largest] : [];
}

function precise(numbers: readonly ColumnNumber[]): readonly ColumnNumber[] {
  const rows = new Map<number, number>();
  for (const { number, count } of numbers) rows.set(decimals(number), (rows.get(decimals(number)) ?? 0) + count);
  const all = rowsOf(numbers);
  return numbers.filter(({ number, count }) => {
    const own = decimals(number);
    const asPrecise = [...rows].reduce((sum, [other, its]) => (other >= own ? sum + its : sum), -count);
    return own > 0 && asPrecise <= AS_PRECISE * (all - count);
  });
}

function recurring(numbers: readonly ColumnNumber[]): readonly ColumnNumber[] {
  const [most, next] = [...numbers].sort((a, b) => b.count - a.count);
  if (most === undefined || next === undefined || numbers.length <= LEAST_DISTINCT) return [];
  return most.count >= LEAST_RECURRENCE * next.count ? [most] : [];
}

/** Digits after the point, of a number as it is written shortest. */
function decimals(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}
