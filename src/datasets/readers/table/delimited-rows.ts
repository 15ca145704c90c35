import { MAX_COLUMNS, MAX_ROW_CHARACTERS } from '../../dataset-limits.ts';
import type { Row } from './choose-columns.ts';
import { asCell } from './as-cell.ts';

const DELIMITERS = ['\t', ';', ',', '|'] as const;

/** Column names that only a header has. */
const HEADER_NAMES = /^(?:id|index|label|labels|target|class|y|category|text|sentence|review|image|file_?name|path)$/i;

/**
 * Rows of delimited text (RFC 4180): quoted cells may hold delimiters, line breaks and doubled quotes. The first row names the
 * columns unless it looks like the others. A row of another length is an error of its own; one without an end ends the file.
 */
export async function* delimitedRows(pieces: AsyncIterable<string>, given: string | undefined): AsyncGenerator<Row | Error> {
  let names: readonly string[] | undefined;
  for await (const cells of cellsOf(pieces, given)) {
    if (names === undefined) {
      const isHeader = looksLikeHeader(cells);
      names = isHeader ? unique(cells) : cells.map((_, index) => `column ${String(index + 1)}`);
      if (isHeader) continue;
    }
    if (cells.length === names.length) yield new Map(names.map((name, index) => [name, asCell(cells[index] ?? '')]));
    else yield new Error(`The row has ${String(cells.length)} cells, and the header has ${String(names.length)}.`);
  }
}

function looksLikeHeader(cells: readonly string[]): boolean {
  if (cells.some((one) => HEADER_NAMES.test(one.trim()))) return true;
  return cells.every((one) => one.trim() !== '' && typeof asCell(one) === 'string' && one.length <= 64) && new Set(cells).size === cells.length;
}

function unique(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.map((given, index) => {
    const name = given.trim() === '' || seen.has(given.trim()) ? `column ${String(index + 1)}` : given.trim();
    seen.add(name);
    return name;
  });
}

async function* cellsOf(pieces: AsyncIterable<string>, given: string | undefined): AsyncGenerator<readonly string[]> {
  let delimiter = given;
  let rest = '';
  for await (const piece of pieces) {
    rest += piece;
    // What a quoted cell is cut in would be scanned again at every piece.
    if (rest.length < 65_536 && piece !== '') continue;
    delimiter ??= delimiterOf(rest);
    const { rows, used } = split(rest, delimiter, false);
    yield* rows;
    rest = rest.slice(used);
    if (rest.length > MAX_ROW_CHARACTERS) throw new Error(`A row has more than ${String(MAX_ROW_CHARACTERS)} characters.`);
  }
  yield* split(rest, delimiter ?? delimiterOf(rest), true).rows;
}

/** The delimiter that is in the first line most often. */
function delimiterOf(text: string): string {
  const end = text.indexOf('\n');
  const line = (end < 0 ? text : text.slice(0, end)).replace(/"(?:[^"]|"")*"/g, '');
  return DELIMITERS.map((one) => ({ one, count: line.split(one).length })).reduce((best, next) => (next.count > best.count ? next : best)).one;
}

/** Whole rows at the beginning of a text, and how many characters they take. */
function split(text: string, delimiter: string, isEnd: boolean): { readonly rows: readonly (readonly string[])[]; readonly used: number } {
  const rows: string[][] = [];
  let used = 0;
  let at = 0;
  let row: string[] = [];
  while (at < text.length) {
    const cell = cellAt(text, at, delimiter);
    if (cell === undefined) {
      if (isEnd) throw new Error('A quoted cell has no end.');
      break;
    }
    // Whether a line ends here cannot be told before the next piece.
    if (cell.end >= text.length && !isEnd) break;
    row.push(cell.text);
    if (row.length > MAX_COLUMNS) throw new Error(`A row has more than ${String(MAX_COLUMNS)} cells.`);
    at = cell.end;
    if (text[at] === delimiter) {
      at += 1;
      if (at >= text.length && isEnd) row.push('');
      if (at < text.length || !isEnd) continue;
    }
    if (text[at] === '\r' && text[at + 1] === undefined && !isEnd) break;
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    used = at;
  }
  return { rows, used };
}

function cellAt(text: string, start: number, delimiter: string): { readonly text: string; readonly end: number } | undefined {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end += 1;
    return { text: text.slice(start, end), end };
  }
  let content = '';
  for (let at = start + 1; ;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return undefined;
    content += text.slice(at, quote);
    if (text[quote + 1] === '"') {
      content += '"';
      at = quote + 2;
      continue;
    }
    // What follows the closing quote up to the delimiter belongs to the cell, as spreadsheets have it.
    let end = quote + 1;
    while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end += 1;
    return { text: content + text.slice(quote + 1, end), end };
  }
}
