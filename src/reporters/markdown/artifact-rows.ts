import type { ArtifactReport, Result } from '../../report.ts';
import { escapeMarkdown, markdownCode, MAX_NAME_CHARACTERS } from '../escape.ts';
import { formatScore } from '../view/format-number.ts';
import type { ReportView, RowView } from '../view/report-view.ts';
import { viewSource } from '../view/view-source.ts';
import { EVIDENCE_SIGNS, OUTCOME_SIGNS, VERDICT_SIGNS } from './signs.ts';

/** GitHub's page is narrow: with more detectors than this, one column names only what was not clear. */
const MAX_DETECTOR_COLUMNS = 5;

export function tableHead(view: ReportView): string {
  const detectors = hasColumns(view) ? view.detectors.map((id) => escapeMarkdown(id, MAX_NAME_CHARACTERS)) : ['Detectors'];
  const cells = ['Verdict', 'Artifact', 'Format', 'Source', ...detectors];
  return `${row(cells)}${row(cells.map(() => '---'))}`;
}

export function tableRow(view: ReportView, { artifact, evidence, tags }: RowView): string {
  const { sign, word } = VERDICT_SIGNS[artifact.verdict];
  const path = markdownCode(artifact.path);
  const results = new Map(artifact.results.map((result) => [result.detector, result]));
  return row([
    `${evidence === 'untold' ? EVIDENCE_SIGNS.untold : sign} ${word}`,
    tags.length === 0 ? path : `${path} (${tags.map((tag) => escapeMarkdown(tag, MAX_NAME_CHARACTERS)).join(', ')})`,
    artifact.format === undefined ? '–' : escapeMarkdown(artifact.format, MAX_NAME_CHARACTERS),
    sourceCell(artifact),
    ...(hasColumns(view) ? view.detectors.map((id) => resultCell(results.get(id))) : [summaryCell(artifact)]),
  ]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

function hasColumns(view: ReportView): boolean {
  return view.detectors.length <= MAX_DETECTOR_COLUMNS;
}

function resultCell(result: Result | undefined): string {
  if (result === undefined) return '';
  const { sign, word } = OUTCOME_SIGNS[result.outcome];
  return [sign, word, result.score === undefined ? '' : formatScore(result.score)].filter((part) => part !== '').join(' ');
}

function sourceCell(artifact: ArtifactReport): string {
  const { evidence, word } = viewSource(artifact);
  if (word === '') return '–';
  return evidence === 'clear' ? word : `${EVIDENCE_SIGNS[evidence]} ${word}`;
}

/** `2 clear, 1 n/a` and, by name, what a reader has to look at. */
function summaryCell(artifact: ArtifactReport): string {
  const named = artifact.results.filter((one) => one.outcome !== 'clear' && one.outcome !== 'not-applicable');
  const clear = artifact.results.filter((one) => one.outcome === 'clear').length;
  const silent = artifact.results.filter((one) => one.outcome === 'not-applicable').length;
  return [
    ...named.map((one) => `${escapeMarkdown(one.detector, MAX_NAME_CHARACTERS)} ${resultCell(one)}`),
    ...(clear > 0 ? [`${String(clear)} clear`] : []),
    ...(silent > 0 ? [`${String(silent)} n/a`] : []),
  ].join(', ');
}
