import { createHash } from 'node:crypto';
import type { ArtifactReport, GateReport, Result } from '../report.ts';
import { escapeHtml, MAX_NAME_CHARACTERS } from './escape.ts';
import { diagramFigure } from './html/diagram-figure.ts';
import { STYLE } from './html/style.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import { describeLocation, locationText } from './view/describe-location.ts';
import { pictureFigures } from './html/picture-figures.ts';
import { evidenceOf } from './view/evidence.ts';
import { measuredBy, type FindingView } from './view/finding-view.ts';
import { count, formatBytes, formatNumber, formatScore } from './view/format-number.ts';
import type { OpenQuestion } from './view/open-questions.ts';
import { viewReport, type ReportView, type RowView } from './view/report-view.ts';
import { viewSource } from './view/view-source.ts';

/** A page larger than this makes a browser crawl; the JSON report has the rest. */
const MAX_FINDINGS = 2_000;
const MAX_ROWS = 5_000;
const MAX_DETAILS = 500;
/** Of one finding. */
const MAX_SUSPECTS = 100;

const WORDS = { flagged: 'flagged', clear: 'clear', inconclusive: 'could not tell', error: 'error', 'not-applicable': 'n/a' } as const;

const styleHash = createHash('sha256').update(STYLE).digest('base64');

/** No scripts, nothing fetched: the page is safe to open from an artifact store and reads the same in ten years. */
export const htmlReporter: Reporter = {
  meta: {
    id: 'html',
    title: 'HTML',
    description: 'One self-contained page without scripts or outside resources, with every result and measurement.',
    mediaType: 'text/html',
    fileExtension: 'html',
    since: '0.1.0',
  },
  render(report: GateReport, options: RenderOptions): string {
    const view = viewReport(report, options.rules);
    const figures = pictureFigures(view.flagged.slice(0, MAX_FINDINGS), options.pictures);
    return [
      '<!doctype html>',
      '<html lang="en">',
      '<head>',
      '<meta charset="utf-8">',
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${styleHash}';${figures.hasImages ? ' img-src data:;' : ''} base-uri 'none'; form-action 'none'">`,
      '<meta name="referrer" content="no-referrer">',
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
      `<title>Model gate: ${report.verdict}</title>`,
      `<style>${STYLE}</style>`,
      '</head>',
      '<body>',
      `<header class="head ${report.verdict}"><h1>Model gate: ${report.verdict}</h1><p>${escapeHtml(view.headline)}</p></header>`,
      ...findings(view, figures.of, options.hasPictureFiles === true),
      ...artifacts(view),
      ...openQuestions(view.untold),
      ...notRun(view.notApplicable),
      ...coverage(view),
      ...details(view),
      footer(report),
      '</body>',
      '</html>',
      '',
    ].join('\n');
  },
};

const code = (text: string): string => `<code>${escapeHtml(text, MAX_NAME_CHARACTERS)}</code>`;
const more = (left: number, noun: string): string[] =>
  left > 0 ? [`<p class="none">${count(left, `more ${noun}`)} not shown; the JSON report has every one.</p>`] : [];

function findings(view: ReportView, figures: (finding: FindingView) => readonly string[], hasPictureFiles: boolean): string[] {
  if (view.flagged.length === 0) return [];
  const shown = view.flagged.slice(0, MAX_FINDINGS);
  return ['<h2>Findings</h2>', ...shown.map((one) => findingArticle(one, figures(one), hasPictureFiles)), ...more(view.flagged.length - shown.length, 'finding')];
}

function findingArticle(view: FindingView, figures: readonly string[], hasPictureFiles: boolean): string {
  const { finding, artifact } = view;
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['Artifact', artifact === undefined ? 'the run as a whole' : code(artifact.path)],
    ['Where', view.where.length === 0 ? undefined : view.where.map(({ label, value, isName }) => `${label} ${isName ? code(value) : escapeHtml(value)}`).join(', ')],
    ['Seen', escapeHtml(finding.text)],
    ['Measured', view.measured === undefined ? undefined : escapeHtml(view.measured)],
    ['How sure', escapeHtml(view.howSure)],
    ['What it means', escapeHtml(view.meaning)],
    ['What was checked', view.checks === undefined ? undefined : escapeHtml(view.checks)],
    ['What to do next', `<span class="next">${escapeHtml(finding.nextStep)}</span>`],
    ['Rule', `${code(finding.rule)} (<a href="${escapeHtml(view.docsUrl)}" rel="noreferrer">what it looks at</a>)`],
  ];
  return [
    `<article class="${finding.verdict}"><h3>${finding.verdict}, ${finding.severity}: ${escapeHtml(view.title, MAX_NAME_CHARACTERS)}</h3>`,
    definitions(entries),
    ...figures,
    ...suspectTable(view),
    ...(view.diagram === undefined ? [] : [diagramFigure(view.diagram, hasPictureFiles)]),
    '</article>',
  ].join('\n');
}

function suspectTable({ suspects, suspectCount }: FindingView): string[] {
  if (suspects.length === 0) return [];
  const rows = suspects.slice(0, MAX_SUSPECTS).map(({ suspect, file }) => [
    code(suspect.id), suspect.label === undefined ? '–' : escapeHtml(suspect.label, MAX_NAME_CHARACTERS), formatNumber(suspect.score), escapeHtml(suspect.reason), code(file),
  ]);
  return [
    `<details open><summary>${count(suspectCount, 'suspected sample')}</summary>`,
    ...table(['Sample', 'Label', 'Score', 'Why', 'File'], rows),
    ...more(suspectCount - rows.length, 'sample'),
    '</details>',
  ];
}

function definitions(entries: readonly (readonly [string, string | undefined])[]): string {
  const items = entries.flatMap(([label, html]) => (html === undefined ? [] : [`<dt>${label}</dt><dd>${html}</dd>`]));
  return `<dl>${items.join('\n')}</dl>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (tag: 'th' | 'td', cells: readonly string[]): string => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return ['<div class="scroll"><table>', row('th', head), ...rows.map((cells) => row('td', cells)), '</table></div>'];
}

function artifacts(view: ReportView): string[] {
  if (view.rows.length === 0) return [];
  const head = ['Verdict', 'Artifact', 'Format', 'Source', ...view.detectors.map((id) => escapeHtml(id, MAX_NAME_CHARACTERS))];
  const shown = view.rows.slice(0, MAX_ROWS);
  return ['<h2>Artifacts</h2>', ...table(head, shown.map((row) => artifactRow(view, row))), ...more(view.rows.length - shown.length, 'artifact')];
}

function artifactRow(view: ReportView, { artifact, evidence, tags }: RowView): string[] {
  const results = new Map(artifact.results.map((result) => [result.detector, result]));
  const source = viewSource(artifact);
  const open = evidence === 'untold' ? ' <span class="untold">could not tell</span>' : '';
  return [
    `<strong class="${artifact.verdict}">${artifact.verdict}</strong>${open}`,
    `${code(artifact.path)}${tags.length === 0 ? '' : ` (${tags.map((tag) => escapeHtml(tag, MAX_NAME_CHARACTERS)).join(', ')})`}`,
    artifact.format === undefined ? '–' : escapeHtml(artifact.format, MAX_NAME_CHARACTERS),
    `<span class="${source.evidence}">${escapeHtml(source.word || '–')}</span>`,
    ...view.detectors.map((id) => resultCell(results.get(id))),
  ];
}

function resultCell(result: Result | undefined): string {
  if (result === undefined) return '';
  const score = result.score === undefined ? '' : ` ${formatScore(result.score)}`;
  return `<span class="${evidenceOf(result.outcome)}">${WORDS[result.outcome]}${score}</span>`;
}

function openQuestions(all: readonly OpenQuestion[]): string[] {
  if (all.length === 0) return [];
  const rows = all.slice(0, MAX_ROWS).map((question) => [
    `<span class="${evidenceOf(question.outcome)}">${question.verdict}, ${WORDS[question.outcome]}</span>`,
    question.checks.map(code).join(', '),
    question.paths.length === 0 ? 'the run as a whole' : pathList(question.paths),
    escapeHtml(question.reason),
    question.nextStep === undefined ? '' : escapeHtml(question.nextStep),
  ]);
  return ['<h2>What could not be told</h2>', ...table(['Verdict', 'Check', 'Artifacts', 'Why', 'What to do next'], rows), ...more(all.length - rows.length, 'reason')];
}

function notRun(all: readonly OpenQuestion[]): string[] {
  if (all.length === 0) return [];
  const rows = all.slice(0, MAX_ROWS).map((question) => [question.checks.map(code).join(', '), pathList(question.paths), escapeHtml(question.reason)]);
  return ['<h2>What did not run</h2>', ...table(['Check', 'Artifacts', 'Why'], rows), ...more(all.length - rows.length, 'reason')];
}

function pathList(paths: readonly string[]): string {
  if (paths.length <= 3) return paths.map(code).join(', ');
  const shown = paths.slice(0, MAX_DETAILS);
  const rest = paths.length > shown.length ? ` and ${count(paths.length - shown.length, 'more', 'more')}` : '';
  return `<details><summary>${count(paths.length, 'artifact')}</summary>${shown.map(code).join(', ')}${rest}</details>`;
}

function coverage(view: ReportView): string[] {
  const { seen, scanned, skipped } = view.report.coverage;
  const rows = view.skipped.slice(0, MAX_ROWS).map(({ reason, paths }) => [pathList(paths), escapeHtml(reason)]);
  return [
    '<h2>Coverage</h2>',
    `<p>${count(seen, 'file')} seen, ${String(scanned)} scanned, ${String(skipped.length)} skipped.</p>`,
    ...(rows.length === 0 ? [] : table(['Skipped', 'Why'], rows)),
    ...more(view.skipped.length - rows.length, 'reason'),
  ];
}

function details(view: ReportView): string[] {
  if (view.rows.length === 0) return [];
  const shown = view.rows.slice(0, MAX_DETAILS);
  return ['<h2>Every result</h2>', ...shown.map((row) => artifactDetails(row.artifact)), ...more(view.rows.length - shown.length, 'artifact')];
}

function artifactDetails(artifact: ArtifactReport): string {
  const { provenance, error } = artifact;
  const approved = [provenance.approvedBy, provenance.approvedAt].filter((one) => one !== undefined).join(', ');
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['Digest', artifact.digest === undefined ? 'not known: the bytes could not be read' : code(artifact.digest)],
    ['Size', artifact.size === undefined ? undefined : formatBytes(artifact.size)],
    ['Engine', artifact.engine === undefined ? undefined : code(artifact.engine)],
    ['Source', `${WORDS[provenance.outcome]}: ${escapeHtml(provenance.text)}`],
    ['From', provenance.source === undefined ? undefined : code(provenance.source)],
    ['Approved', approved === '' ? undefined : escapeHtml(approved)],
    ['Error', error === undefined ? undefined : `${code(error.code)} ${escapeHtml(error.message)}`],
    ['Inferred', artifact.notes.length === 0 ? undefined : artifact.notes.map((note) => escapeHtml(note)).join('<br>')],
  ];
  return [
    `<details><summary>${code(artifact.path)}</summary>`,
    definitions(entries),
    ...(artifact.results.length === 0 ? [] : table(['Detector', 'Outcome', 'Measured', 'Examined', 'Numbers', 'Why'], artifact.results.map(resultRow))),
    '</details>',
  ].join('\n');
}

function resultRow(result: Result): string[] {
  const numbers = result.measurements.map((one) => {
    const where = locationText(describeLocation(one.location ?? {}), (name) => name);
    return escapeHtml(`${one.name} ${formatNumber(one.value)}${where === '' ? '' : ` (${where})`}`);
  });
  return [
    code(result.detector),
    resultCell(result),
    escapeHtml(measuredBy(result) ?? '–'),
    `${formatNumber(result.examined)} in ${formatNumber(result.seconds)} s`,
    numbers.join('<br>'),
    escapeHtml(result.error?.message ?? result.reason ?? ''),
  ];
}

function footer({ tool, policy, seed }: GateReport): string {
  const name = escapeHtml(`${tool.name} ${tool.version}`, MAX_NAME_CHARACTERS);
  return [
    `<footer>${name}, policy ${code(policy.id)} (${code(policy.source)}, ${code(policy.digest)}), seed ${String(seed)}. `,
    'Scores run from 0 to 1; 0.50 is a detector’s own threshold. “Could not tell” is evidence neither for nor against an artifact.</footer>',
  ].join('');
}
