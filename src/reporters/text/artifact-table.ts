import type { ArtifactReport, Result } from '../../report.ts';
import { escapeTerminal, MAX_NAME_CHARACTERS } from '../escape.ts';
import { count, formatScore } from '../view/format-number.ts';
import type { ReportView, RowView } from '../view/report-view.ts';
import { sourceWord } from '../view/source-word.ts';
import { COLUMNS } from './block.ts';
import { displayWidth, fitMiddle, padEnd } from './display-width.ts';
import { EVIDENCE_MARKS, OUTCOME_MARKS, VERDICT_MARKS, type Mark } from './marks.ts';
import type { Paint, Tone } from './paint.ts';

/** More rows than anybody reads: clear ones beyond this are counted, unless everything is asked for. */
const MAX_CLEAR_ROWS = 200;
const MIN_PATH_WIDTH = 24;
const VERDICT_WIDTH = 7;
const GAP = 2;

interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

interface Column extends Cell {
  readonly width: number;
}

/** One row an artifact: verdict, path, format, provenance, and every detector's outcome with its score. */
export function artifactTable(view: ReportView, verbose: boolean, paint: Paint): string[] {
  const rows = verbose ? view.rows : withoutManyClear(view.rows);
  const layout = layOut(view, rows);
  const lines = [
    ...headerLines(view, layout, paint),
    ...rows.flatMap((row) => rowLines(row, view.detectors, layout, paint)),
  ];
  const left = view.rows.length - rows.length;
  if (left > 0) lines.push(paint('dim', `  … and ${count(left, 'clear artifact')} more; --verbose lists every one`));
  return view.allClear && !verbose ? lines : [...lines, ...legend(view, paint)];
}

function withoutManyClear(rows: readonly RowView[]): readonly RowView[] {
  let clear = 0;
  return rows.filter((row) => row.evidence !== 'clear' || row.artifact.verdict !== 'pass' || ++clear <= MAX_CLEAR_ROWS);
}

interface Layout {
  readonly path: number;
  readonly format: number;
  /** 0 when no lockfile was consulted for any artifact. */
  readonly source: number;
  /** Width of each detector's column; undefined when names do not fit: then cells are numbered and flow. */
  readonly named: readonly number[] | undefined;
}

function layOut(view: ReportView, rows: readonly RowView[]): Layout {
  const longest = (texts: readonly string[], least: number): number => Math.max(least, ...texts.map(displayWidth));
  const format = longest(rows.map((row) => formatOf(row.artifact)), 'FORMAT'.length);
  const checked = rows.some((row) => row.artifact.provenance.outcome !== 'not-applicable');
  const source = checked ? longest(rows.map((row) => sourceCell(row.artifact).text), 'SOURCE'.length) : 0;
  const longestPath = longest(rows.map((row) => pathOf(row)), 'ARTIFACT'.length);
  const fixed = VERDICT_WIDTH + GAP + format + (source > 0 ? GAP + source : 0);
  const named = view.detectors.map((id) => longest(headerParts(id), '✖ 0.00'.length));
  const room = COLUMNS - fixed - GAP - named.reduce((sum, width) => sum + GAP + width, 0);
  if (room >= Math.min(longestPath, MIN_PATH_WIDTH)) return { path: Math.min(longestPath, room), format, source, named };
  // Half a line for the path, the rest for numbered cells, which flow onto further lines when there are many.
  return { path: Math.min(longestPath, COLUMNS / 2 - fixed), format, source, named: undefined };
}

/** `output-layer-outlier` breaks after its hyphens: a column of scores should not be as wide as a sentence. */
function headerParts(id: string): string[] {
  const parts = escapeTerminal(id, MAX_NAME_CHARACTERS).match(/[^-]+-?|-/g) ?? [''];
  // These lines begin with blanks, and the Actions runner looks past blanks for a line that begins with `::`.
  return parts.map((part) => fitMiddle(part.replace(/^:/, '<U+003A>'), 16));
}

function headerLines(view: ReportView, layout: Layout, paint: Paint): string[] {
  const columns = view.detectors.map(headerParts);
  const height = layout.named === undefined ? 1 : Math.max(1, ...columns.map((parts) => parts.length));
  const lines = Array.from({ length: height }, (_, line) => {
    const isLast = line === height - 1;
    const cells = [
      padEnd(isLast ? 'VERDICT' : '', VERDICT_WIDTH),
      padEnd(isLast ? 'ARTIFACT' : '', layout.path),
      padEnd(isLast ? 'FORMAT' : '', layout.format),
      ...(layout.source > 0 ? [padEnd(isLast ? 'SOURCE' : '', layout.source)] : []),
      // Names stand on the rule, so a short one starts lower.
      ...(layout.named ?? []).map((width, index) => {
        const parts = columns[index] ?? [];
        return padEnd(parts[line - (height - parts.length)] ?? '', width);
      }),
      ...(layout.named === undefined ? ['DETECTORS, NUMBERED BELOW'] : []),
    ];
    return paint('dim', cells.join(' '.repeat(GAP)).trimEnd());
  });
  return lines;
}

function rowLines(row: RowView, detectors: readonly string[], layout: Layout, paint: Paint): string[] {
  const { artifact } = row;
  const evidence = EVIDENCE_MARKS[row.evidence];
  const verdict = VERDICT_MARKS[artifact.verdict];
  const sign = `${paint(evidence.tone, evidence.sign)} `;
  const lead: Column[] = [
    { text: verdict.word, tone: verdict.tone, width: VERDICT_WIDTH - 2 },
    { text: fitPath(row, layout.path), width: layout.path },
    { text: formatOf(artifact), width: layout.format },
    ...(layout.source > 0 ? [{ ...sourceCell(artifact), width: layout.source }] : []),
  ];
  const results = new Map(artifact.results.map((result) => [result.detector, result]));
  if (layout.named !== undefined) {
    const cells = layout.named.map((width, index) => ({ ...resultCell(results.get(detectors[index] ?? '')), width }));
    return [sign + joined([...lead, ...cells], paint)];
  }
  const cells = detectors.map((id, index) => numbered(index + 1, resultCell(results.get(id))));
  return flow(sign, lead, cells, paint);
}

/** Numbered cells in as many lines as they take, below each other. */
function flow(sign: string, lead: readonly Column[], cells: readonly Cell[], paint: Paint): string[] {
  const start = 2 + lead.reduce((sum, column) => sum + column.width + GAP, 0);
  const width = Math.max(0, ...cells.map((cell) => displayWidth(cell.text)));
  const perLine = Math.max(1, Math.floor((COLUMNS - start + GAP) / (width + GAP)));
  const lines: string[] = [];
  for (let first = 0; first < Math.max(1, cells.length); first += perLine) {
    const columns = cells.slice(first, first + perLine).map((cell) => ({ ...cell, width }));
    lines.push(first === 0 ? sign + joined([...lead, ...columns], paint) : ' '.repeat(start) + joined(columns, paint));
  }
  return lines;
}

/** Columns side by side without blanks at the end, so that colored and plain lines end alike. */
function joined(columns: readonly Column[], paint: Paint): string {
  const last = columns.findLastIndex((column) => column.text !== '');
  return columns
    .slice(0, last + 1)
    .map(({ text, tone, width }, index) => {
      const shown = index === last ? text : padEnd(text, width);
      return tone === undefined ? shown : paint(tone, shown);
    })
    .join(' '.repeat(GAP));
}

function numbered(number: number, cell: Cell): Cell {
  return { ...cell, text: `${String(number)}${cell.text === '' ? '' : ' '}${cell.text}` };
}

function resultCell(result: Result | undefined): Cell {
  if (result === undefined) return { text: '' };
  const { sign, tone } = OUTCOME_MARKS[result.outcome];
  return { text: result.score === undefined ? sign : `${sign} ${formatScore(result.score)}`, tone };
}

function sourceCell({ provenance }: ArtifactReport): Cell {
  const mark: Mark = provenance.outcome === 'clear' ? EVIDENCE_MARKS.clear : OUTCOME_MARKS[provenance.outcome];
  return { text: `${mark.sign} ${sourceWord(provenance)}`.trimEnd(), tone: mark.tone };
}

function formatOf(artifact: ArtifactReport): string {
  return artifact.format === undefined ? '–' : fitMiddle(escapeTerminal(artifact.format, MAX_NAME_CHARACTERS), 12);
}

function pathOf(row: RowView): string {
  const path = escapeTerminal(row.artifact.path, MAX_NAME_CHARACTERS);
  return row.tags.length === 0 ? path : `${path} ${tagText(row)}`;
}

function tagText(row: RowView): string {
  return `(${row.tags.map((tag) => escapeTerminal(tag, MAX_NAME_CHARACTERS)).join(', ')})`;
}

/** When room is short the path gives way first, then what is said about it. */
function fitPath(row: RowView, width: number): string {
  const whole = pathOf(row);
  if (displayWidth(whole) <= width || row.tags.length === 0) return fitMiddle(whole, width);
  const tag = fitMiddle(tagText(row), Math.floor(width / 2));
  const path = fitMiddle(escapeTerminal(row.artifact.path, MAX_NAME_CHARACTERS), width - displayWidth(tag) - 1);
  return `${path} ${tag}`;
}

function legend(view: ReportView, paint: Paint): string[] {
  const results = view.rows.flatMap((row) => row.artifact.results);
  const used = new Set(results.map((result) => result.outcome));
  const words = Object.entries(OUTCOME_MARKS)
    .filter(([outcome]) => used.has(outcome as Result['outcome']))
    .map(([, mark]) => `${mark.sign} ${mark.words}`);
  const scores = results.some((result) => result.score !== undefined) ? ['scores run from 0 to 1; 0.50 is a detector’s own threshold'] : [];
  const names = layOut(view, view.rows).named === undefined ?
      view.detectors.map((id, index) => `  ${String(index + 1)} ${escapeTerminal(id, MAX_NAME_CHARACTERS)}`)
    : [];
  const lines = [...names, ...(words.length === 0 ? [] : [`  ${words.join('   ')}`]), ...scores.map((line) => `  ${line}`)];
  return lines.map((line) => paint('dim', line));
}
