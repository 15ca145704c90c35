import type { GateReport } from '../report.ts';
import { escapeMarkdown, markdownCode, MAX_NAME_CHARACTERS } from './escape.ts';
import { tableHead, tableRow } from './markdown/artifact-rows.ts';
import { byteLength, fill } from './markdown/byte-budget.ts';
import { findingDetails } from './markdown/finding-details.ts';
import { EVIDENCE_SIGNS, OUTCOME_SIGNS, VERDICT_SIGNS } from './markdown/signs.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import { count } from './view/format-number.ts';
import type { OpenQuestion } from './view/open-questions.ts';
import { viewReport, type ReportView } from './view/report-view.ts';

const MAX_PATHS = 5;
/** Room for the sentence that counts what was left out of a section. */
const NOTE_BYTES = 160;

export const markdownReporter: Reporter = {
  meta: {
    id: 'markdown',
    title: 'Markdown',
    description: 'For the job summary or, with a smaller limit, a pull-request comment: verdict, findings with next steps, table, coverage.',
    mediaType: 'text/markdown',
    fileExtension: 'md',
    // GitHub drops a step's whole summary above 1 MiB; the rest is room for what other steps' actions write beside it.
    maxBytes: 1_000_000,
    since: '0.1.0',
  },
  render(report: GateReport, options: RenderOptions): string {
    const view = viewReport(report, options.rules);
    const maxBytes = Math.min(options.maxBytes ?? Infinity, markdownReporter.meta.maxBytes ?? Infinity);
    const top = headline(view);
    const bottom = footer(report);
    return top + sections(view, options, maxBytes - byteLength(top) - byteLength(bottom)) + bottom;
  },
};

interface Section {
  readonly title: string;
  /** Before the first block: a table's head. */
  readonly lead: string;
  readonly blocks: readonly string[];
  readonly noun: readonly [singular: string, plural: string];
  /** Part of the room this section may take when not everything fits; what it does not use goes to the next. */
  readonly share: number;
}

function headline(view: ReportView): string {
  const { word, ...mark } = VERDICT_SIGNS[view.verdict];
  // A run that looked at nothing never looks like one that found nothing.
  const sign = view.verdict === 'pass' && view.rows.length === 0 ? EVIDENCE_SIGNS.none : mark.sign;
  const open = view.verdict === 'pass' && view.untold.length > 0 ? ', with open questions' : '';
  return `## ${sign} Model gate: ${word}${open}\n\n${view.headline}\n\n`;
}

function sections(view: ReportView, { verbose, hasPictureFiles = false }: RenderOptions, maxBytes: number): string {
  const all = [
    section('Findings', '', view.flagged.map((one) => findingDetails(one, hasPictureFiles)), ['finding', 'findings'], 0.5),
    section('Artifacts', tableHead(view), view.rows.map((row) => tableRow(view, row)), ['artifact', 'artifacts'], 0.5),
    section('What could not be told', OPEN_HEAD, view.untold.map((question) => openRow(question, view)), ['reason', 'reasons'], 0.5),
    section('What did not run', NOT_RUN_HEAD, view.notApplicable.map((question) => notRunRow(question, view)), ['reason', 'reasons'], 0.3),
    section('What was inferred', '', verbose ? view.rows.flatMap((row) => row.artifact.notes.map((note) => noteLine(row.artifact.path, note))) : [], ['note', 'notes'], 0.3),
    coverageSection(view),
  ].filter((one) => one.blocks.length > 0);
  const isRoomy = all.reduce((sum, one) => sum + byteLength(opening(one)) + NOTE_BYTES + one.blocks.reduce((size, block) => size + byteLength(block), 0), 0) <= maxBytes;
  // Every section can at least say how much of it is missing.
  let room = maxBytes - all.reduce((sum, one) => sum + byteLength(opening(one)) + NOTE_BYTES, 0);
  const texts = all.map((one, index) => {
    const { text, used } = rendered(one, isRoomy || index === all.length - 1 ? room : room * one.share);
    room -= used;
    return text;
  });
  return texts.join('');
}

function section(title: string, lead: string, blocks: readonly string[], noun: Section['noun'], share: number): Section {
  return { title, lead, blocks, noun, share };
}

function opening({ title, lead }: Section): string {
  return `### ${title}\n\n${lead}`;
}

function rendered(one: Section, maxBytes: number): { text: string; used: number } {
  const { text, left } = fill(one.blocks, maxBytes);
  const [singular, plural] = one.noun;
  const note = left > 0 ? `\n*${count(left, `${singular} is`, `${plural} are`)} left out for lack of room; the JSON report has every one.*\n` : '';
  return { text: `${opening(one)}${text}${note}\n`, used: byteLength(text) };
}

const OPEN_HEAD = '| Verdict | Check | Artifacts | Why | What to do next |\n| --- | --- | --- | --- | --- |\n';
const NOT_RUN_HEAD = '| Check | Artifacts | Why |\n| --- | --- | --- |\n';

function openRow(question: OpenQuestion, view: ReportView): string {
  const { sign, word } = OUTCOME_SIGNS[question.outcome];
  const cells = [
    `${sign} ${VERDICT_SIGNS[question.verdict].word}, ${word}`,
    checkList(question),
    subjects(question, view),
    escapeMarkdown(question.reason),
    question.nextStep === undefined ? '' : escapeMarkdown(question.nextStep),
  ];
  return `| ${cells.join(' | ')} |\n`;
}

function notRunRow(question: OpenQuestion, view: ReportView): string {
  return `| ${checkList(question)} | ${subjects(question, view)} | ${escapeMarkdown(question.reason)} |\n`;
}

function checkList({ checks }: OpenQuestion): string {
  return checks.map((check) => markdownCode(check)).join(', ');
}

function subjects({ paths }: OpenQuestion, view: ReportView): string {
  if (paths.length === 0) return 'the run as a whole';
  return paths.length > 1 && paths.length === view.rows.length ? `all ${String(paths.length)}` : pathList(paths);
}

function noteLine(path: string, note: string): string {
  return `- ${markdownCode(path)}: ${escapeMarkdown(note)}\n`;
}

function coverageSection(view: ReportView): Section {
  const { seen, scanned, skipped } = view.report.coverage;
  const lead = `${count(seen, 'file')} seen, ${String(scanned)} scanned, ${String(skipped.length)} skipped.\n\n`;
  const head = view.skipped.length === 0 ? '' : '| Skipped | Why |\n| --- | --- |\n';
  const rows = view.skipped.map(({ reason, paths }) => `| ${pathList(paths)} | ${escapeMarkdown(reason)} |\n`);
  return { title: 'Coverage', lead: lead + head, blocks: rows.length === 0 ? [''] : rows, noun: ['reason', 'reasons'], share: 1 };
}

function pathList(paths: readonly string[]): string {
  const shown = paths.slice(0, MAX_PATHS).map((path) => markdownCode(path));
  const rest = paths.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${count(rest, 'more', 'more')}` : ''}`;
}

function footer({ tool, policy, seed }: GateReport): string {
  const name = escapeMarkdown(`${tool.name} ${tool.version}`, MAX_NAME_CHARACTERS);
  const source = escapeMarkdown(policy.source, MAX_NAME_CHARACTERS);
  return [
    `<sub>${name} · policy ${markdownCode(policy.id)} (${source}) · seed ${String(seed)} · `,
    `the sign says what was seen: ${EVIDENCE_SIGNS.flagged} flagged, ${EVIDENCE_SIGNS.untold} could not tell; `,
    'the word says what the policy made of it; a score of 0.50 is a detector’s own threshold</sub>\n',
  ].join('');
}
