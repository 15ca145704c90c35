import type { ArtifactReport, Result } from '../../report.ts';
import { escapeTerminal, MAX_NAME_CHARACTERS } from '../escape.ts';
import { count, formatScore } from '../view/format-number.ts';
import type { ReportView, RowView } from '../view/report-view.ts';
import { viewSource } from '../view/view-source.ts';
import { COLUMNS } from './block.ts';
import { displayWidth, fitMiddle, padEnd } from './display-width.ts';
import { EVIDENCE_MARKS, OUTCOME_MARKS, VERDICT_MARKS } from './marks.ts';
import type { Paint, Tone } from './paint.ts';

/** More rows than anybody reads: clear ones beyond this are counted, unless everything is asked for. */
const MAX_CLEAR_ROWS = 200;
/** A path cut shorter than this is a riddle; then the scores go onto a line of their own. */
const MIN_PATH_WIDTH = 32;
/** `git-lfs-pointer` and the like are whole; `tensorflow-checkpoint` loses its middle. */
const MAX_FORMAT_WIDTH = 15;
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
export function artifactTable(all: ReportView, verbose: boolean, paint: Paint): string[] {
  const rows = verbose ? all.rows : withoutManyClear(all.rows);
  const detectors = verbose ? all.detectors : all.detectors.filter((id) => hasAnswered(id, all));
  const view = { ...all, detectors };
  const layout = layOut(view, rows);
  const lines = [
    ...headerLines(view, layout, paint),
    ...rows.flatMap((row) => rowLines(row, view.detectors, layout, verbose, paint)),
  ];
  const left = view.rows.length - rows.length;
  if (left > 0) lines.push(paint('dim', `  … and ${count(left, 'clear artifact')} more; --verbose lists every one`));
  return [...lines, ...legend(view, layout, verbose, paint)];
}

/** A detector that applies to nothing in the run has no column; "did not run" says why. */
function hasAnswered(detector: string, { rows }: ReportView): boolean {
  return rows.some(({ artifact }) => artifact.results.some((result) => result.detector === detector && !isSaidElsewhere(result, artifact)));
}

/** What does not apply is told once for all artifacts, and what follows from an unreadable artifact by the artifact's own error. */
function isSaidElsewhere(result: Result | undefined, { error }: ArtifactReport): boolean {
  return result?.outcome === 'not-applicable' || (error !== undefined && result?.error?.code === error.code);
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
  /** Width of each detector's column, or how each is called when columns do not fit and scores follow on lines below. */
  readonly detectors: { readonly kind: 'columns'; readonly widths: readonly number[] } | { readonly kind: 'below'; readonly labels: readonly string[] };
}

function layOut(view: ReportView, rows: readonly RowView[]): Layout {
  const longest = (texts: readonly string[], least: number): number => Math.max(least, ...texts.map(displayWidth));
  const format = longest(rows.map((row) => formatOf(row.artifact)), 'FORMAT'.length);
  const checked = rows.some((row) => viewSource(row.artifact).word !== '');
  const source = checked ? longest(rows.map((row) => sourceCell(row.artifact).text), 'SOURCE'.length) : 0;
  const longestPath = longest(rows.map((row) => pathOf(row)), 'ARTIFACT'.length);
  const free = COLUMNS - VERDICT_WIDTH - GAP - GAP - format - (source > 0 ? GAP + source : 0);
  const widths = view.detectors.map((id) => longest(headerParts(id), '✖ 0.00'.length));
  const room = free - widths.reduce((sum, width) => sum + GAP + width, 0);
  const path = Math.min(longestPath, room);
  if (room >= longestPath || (room >= MIN_PATH_WIDTH && areDistinct(rows, path))) return { path, format, source, detectors: { kind: 'columns', widths } };
  return { path: Math.min(longestPath, free), format, source, detectors: { kind: 'below', labels: labelsOf(view.detectors) } };
}

/** Two rows that look the same say nothing about either. */
function areDistinct(rows: readonly RowView[], width: number): boolean {
  return new Set(rows.map((row) => fitPath(row, width))).size === rows.length;
}

/** Names when a line holds all of them with their scores, numbers otherwise. */
function labelsOf(detectors: readonly string[]): string[] {
  const names = detectors.map((id) => startSafe(escapeTerminal(id, MAX_NAME_CHARACTERS)));
  const width = names.reduce((sum, name) => sum + displayWidth(name) + ' ✖ 0.00'.length + GAP, VERDICT_WIDTH);
  return width <= COLUMNS ? names : names.map((_, index) => String(index + 1));
}

/** `output-layer-outlier` breaks after its hyphens: a column of scores should not be as wide as a sentence. */
function headerParts(id: string): string[] {
  const parts = escapeTerminal(id, MAX_NAME_CHARACTERS).match(/[^-]+-?|-/g) ?? [''];
  return parts.map((part) => fitMiddle(startSafe(part), 16));
}

/** Some lines here begin with blanks and a name, and the Actions runner looks past blanks for a line that begins with `::`. */
function startSafe(name: string): string {
  return name.replace(/^:/, '<U+003A>');
}

function headerLines(view: ReportView, layout: Layout, paint: Paint): string[] {
  const widths = layout.detectors.kind === 'columns' ? layout.detectors.widths : [];
  const columns = widths.map((_, index) => headerParts(view.detectors[index] ?? ''));
  const height = Math.max(1, ...columns.map((parts) => parts.length));
  return Array.from({ length: height }, (_, line) => {
    const isLast = line === height - 1;
    const cells = [
      padEnd(isLast ? 'VERDICT' : '', VERDICT_WIDTH),
      padEnd(isLast ? 'ARTIFACT' : '', layout.path),
      padEnd(isLast ? 'FORMAT' : '', layout.format),
      ...(layout.source > 0 ? [padEnd(isLast ? 'SOURCE' : '', layout.source)] : []),
      // Names stand on the rule, so a short one starts lower.
      ...widths.map((width, index) => {
        const parts = columns[index] ?? [];
        return padEnd(parts[line - (height - parts.length)] ?? '', width);
      }),
    ];
    return paint('dim', cells.join(' '.repeat(GAP)).trimEnd());
  });
}

function rowLines(row: RowView, detectors: readonly string[], layout: Layout, verbose: boolean, paint: Paint): string[] {
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
  if (layout.detectors.kind === 'columns') {
    const cells = layout.detectors.widths.map((width, index) => ({ ...resultCell(results.get(detectors[index] ?? '')), width }));
    return [sign + joined([...lead, ...cells], paint)];
  }
  const { labels } = layout.detectors;
  const cells = detectors.flatMap((id, index) => {
    const result = results.get(id);
    const cell = resultCell(result);
    return cell.text === '' || (!verbose && isSaidElsewhere(result, artifact)) ? [] : [{ ...cell, text: `${labels[index] ?? ''} ${cell.text}` }];
  });
  return [sign + joined(lead, paint), ...below(cells, paint)];
}

/** Labeled cells in as many lines as they take, below each other. */
function below(cells: readonly Cell[], paint: Paint): string[] {
  const indent = VERDICT_WIDTH + GAP;
  const width = Math.max(0, ...cells.map((cell) => displayWidth(cell.text)));
  const perLine = Math.max(1, Math.floor((COLUMNS - indent + GAP) / (width + GAP)));
  const total = cells.reduce((sum, cell) => sum + displayWidth(cell.text) + GAP, indent);
  const lines: string[] = [];
  for (let first = 0; first < cells.length; first += total <= COLUMNS ? cells.length : perLine) {
    const line = cells.slice(first, total <= COLUMNS ? cells.length : first + perLine);
    lines.push(' '.repeat(indent) + joined(line.map((cell) => ({ ...cell, width: total <= COLUMNS ? 0 : width })), paint));
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

function resultCell(result: Result | undefined): Cell {
  if (result === undefined) return { text: '' };
  const { sign, tone } = OUTCOME_MARKS[result.outcome];
  return { text: result.score === undefined ? sign : `${sign} ${formatScore(result.score)}`, tone };
}

function sourceCell(artifact: ArtifactReport): Cell {
  const { evidence, word } = viewSource(artifact);
  const { sign, tone } = EVIDENCE_MARKS[evidence];
  return { text: `${sign} ${word}`.trimEnd(), tone };
}

function formatOf({ format }: ArtifactReport): string {
  // That it is a dataset is said by its number of samples.
  return format === undefined ? '–' : fitMiddle(escapeTerminal(format.replace(/^dataset\//, ''), MAX_NAME_CHARACTERS), MAX_FORMAT_WIDTH);
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

/** Numbers are always explained; signs and scores only when there is more to see than that all is clear. */
function legend(view: ReportView, layout: Layout, verbose: boolean, paint: Paint): string[] {
  const isNumbered = layout.detectors.kind === 'below' && layout.detectors.labels[0] === '1' && view.detectors[0] !== '1';
  const names = isNumbered ? wrapItems(view.detectors.map((id, index) => `${String(index + 1)} ${escapeTerminal(id, MAX_NAME_CHARACTERS)}`)) : [];
  return [...names, ...(view.allClear && !verbose ? [] : signs(view, verbose || layout.detectors.kind === 'columns'))].map((line) => paint('dim', `  ${line}`));
}

/** Items side by side, each kept whole. */
function wrapItems(items: readonly string[]): string[] {
  const lines: string[] = [];
  for (const item of items.map((one) => fitMiddle(one, COLUMNS - 2))) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last) + 3 + displayWidth(item) <= COLUMNS - 2) lines[lines.length - 1] = `${last}   ${item}`;
    else lines.push(item);
  }
  return lines;
}

function signs(view: ReportView, isComplete: boolean): string[] {
  const results = view.rows.flatMap(({ artifact }) => artifact.results.filter((result) => isComplete || !isSaidElsewhere(result, artifact)));
  const used = new Set(results.map((result) => result.outcome));
  const words = Object.entries(OUTCOME_MARKS)
    .filter(([outcome]) => used.has(outcome as Result['outcome']))
    .map(([, mark]) => `${mark.sign} ${mark.words}`);
  const hasScores = results.some((result) => result.score !== undefined);
  return [...(words.length === 0 ? [] : [words.join('   ')]), ...(hasScores ? ['scores run from 0 to 1; 0.50 is a detector’s own threshold'] : [])];
}
