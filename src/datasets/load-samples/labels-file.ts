import { invalidSamples } from './sample-error.ts';

const NAME_COLUMNS = ['filename', 'file', 'file_name', 'image', 'image_path', 'path', 'name', 'id'] as const;
const LABEL_COLUMNS = ['label', 'class', 'classid', 'class_id', 'category', 'target', 'y'] as const;

/** A path (4,096 bytes at most on Linux) and a class name; the expressions below are quadratic in a line (CWE-1333). */
const MAX_LINE_LENGTH = 8192;

/**
 * Reads labels.csv (with or without a header), labels.txt (name and label separated by blanks, commas or tabs) or
 * labels.json (`{"a.png": 3}`, `[{"filename": "a.png", "label": 3}]` or either below a `labels` member).
 * File name → label as written. Throws `samples/invalid` with the line.
 */
export function parseLabelsFile(text: string, name: string, place: string): ReadonlyMap<string, string> {
  const pairs = name.toLowerCase().endsWith('.json') ? fromJson(text, place) : fromTable(text, name, place);
  const labels = new Map<string, string>();
  for (const [file, label] of pairs) {
    const key = normalizedName(file);
    if (labels.has(key) && labels.get(key) !== label) throw invalidSamples(`The labels file gives "${key}" two labels.`, place, 'Keep one line a file.');
    labels.set(key, label);
  }
  if (labels.size === 0) throw invalidSamples('The labels file has no labels.', place, 'Write one line a file: its name and its class.');
  return labels;
}

export function normalizedName(file: string): string {
  return file.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
}

function fromJson(text: string, place: string): readonly (readonly [string, string])[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw invalidSamples(`The labels file is not JSON: ${error instanceof Error ? error.message : ''}`, place, 'Correct the file.');
  }
  if (isRecord(content) && 'labels' in content && typeof content['labels'] === 'object') content = content['labels'];
  if (Array.isArray(content)) {
    return content.map((row: unknown) => {
      const pair = Array.isArray(row) ? [row[0] as unknown, row[1] as unknown] : isRecord(row) ? [member(row, NAME_COLUMNS), member(row, LABEL_COLUMNS)] : [];
      return checkedPair(pair[0], pair[1], place);
    });
  }
  if (isRecord(content)) return Object.entries(content).map(([file, label]) => checkedPair(file, label, place));
  throw invalidSamples('The labels file is neither an object nor a list.', place, 'Write {"image.png": "class"} or [{"filename": "image.png", "label": "class"}].');
}

function member(row: Record<string, unknown>, names: readonly string[]): unknown {
  return Object.entries(row).find(([key]) => names.includes(key.toLowerCase()))?.[1];
}

function checkedPair(file: unknown, label: unknown, place: string): readonly [string, string] {
  const isLabel = typeof label === 'string' || (typeof label === 'number' && Number.isInteger(label));
  if (typeof file !== 'string' || file === '' || !isLabel || label === '') {
    throw invalidSamples('The labels file has an entry that is not a file name with a label.', place, 'Use a class name or a class index as label.');
  }
  return [file, String(label)];
}

function fromTable(text: string, name: string, place: string): readonly (readonly [string, string])[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const first = lines.find((line) => line.trim() !== '') ?? '';
  const separator = name.toLowerCase().endsWith('.csv') ? [';', '\t', ','].find((one) => first.includes(one) && !(one !== ',' && first.includes(','))) ?? ',' : undefined;
  let columns: readonly [name: number, label: number] | undefined;
  const pairs: (readonly [string, string])[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || (separator === undefined && line.startsWith('#'))) continue;
    if (line.length > MAX_LINE_LENGTH) throw invalidSamples(`Line ${index + 1} of the labels file is longer than ${MAX_LINE_LENGTH} characters.`, place, 'Write one line a file.');
    const cells = separator === undefined ? blankSeparated(line) : separated(line, separator);
    if (columns === undefined) {
      columns = headerColumns(cells);
      if (columns !== undefined) continue;
      columns = [0, 1];
    }
    const [file, label] = [cells?.[columns[0]], cells?.[columns[1]]];
    if (file === undefined || file === '' || label === undefined || label === '') {
      throw invalidSamples(`Line ${index + 1} of the labels file is not a file name with a label.`, place, 'Write one line a file: its name, a comma and its class.');
    }
    pairs.push([file, label]);
  }
  return pairs;
}

function headerColumns(cells: readonly string[] | undefined): readonly [number, number] | undefined {
  const names = (cells ?? []).map((cell) => cell.toLowerCase());
  const file = names.findIndex((cell) => (NAME_COLUMNS as readonly string[]).includes(cell));
  const label = names.findIndex((cell) => (LABEL_COLUMNS as readonly string[]).includes(cell));
  return file === -1 || label === -1 ? undefined : [file, label];
}

/** `name label`: the label is the last word, so names may hold blanks. A comma or tab counts as blank. */
function blankSeparated(line: string): readonly string[] | undefined {
  const match = /^(.*?)[\s,;]+([^\s,;]+)\s*$/.exec(line.trim());
  return match?.[1] === undefined || match[2] === undefined ? undefined : [match[1], match[2]];
}

/** RFC 4180 cells of one line; a quoted cell may hold the separator and doubled quotes, but no line break. */
function separated(line: string, separator: string): readonly string[] | undefined {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    while (line[at] === ' ') at += 1;
    let cell = '';
    if (line[at] === '"') {
      for (at += 1; ; at += 1) {
        if (at >= line.length) return undefined;
        if (line[at] === '"' && line[at + 1] === '"') at += 1;
        else if (line[at] === '"') break;
        cell += line[at];
      }
      at += 1;
      while (line[at] === ' ') at += 1;
      if (at < line.length && line[at] !== separator) return undefined;
    } else {
      const end = line.indexOf(separator, at);
      cell = line.slice(at, end === -1 ? line.length : end).trim();
      at = end === -1 ? line.length : end;
    }
    cells.push(cell);
    if (at >= line.length) return cells;
    at += 1;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
