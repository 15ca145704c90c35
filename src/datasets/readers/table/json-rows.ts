import { MAX_ROW_CHARACTERS } from '../../dataset-limits.ts';
import type { Cell, Row } from './choose-columns.ts';

/** Rows of JSON lines. A line that is no object is an error of its own. */
export async function* jsonRows(pieces: AsyncIterable<string>): AsyncGenerator<Row | Error> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield parse(line);
    if (rest.length > MAX_ROW_CHARACTERS) throw new Error(`A line has more than ${String(MAX_ROW_CHARACTERS)} characters.`);
  }
  if (rest.trim() !== '') yield parse(rest);
}

function parse(line: string): Row | Error {
  if (line.length > MAX_ROW_CHARACTERS) return new Error(`The line has more than ${String(MAX_ROW_CHARACTERS)} characters.`);
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Error('The line is no object.');
    return new Map(Object.entries(value).map(([key, member]) => [key, cellOf(member)]));
  } catch {
    return new Error('The line is not JSON.');
  }
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return JSON.stringify(value);
}
