import type { GateReport } from '../report.ts';
import { escapeMarkdown, markdownCode, MAX_NAME_CHARACTERS } from './escape.ts';
import { tableHead, tableRow } from './markdown/artifact-rows.ts';
import { byteLength, fill } from './markdown/byte-budget.ts';
import { findingDetails } from './markdown/finding-details.ts';
import { EVIDENCE_SIGNS, OUTCOME_SIGNS, VERDICT_SIGNS } from './markdown/signs.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import { count } from './view/format-number.ts';
import { viewReport, type Group, type ReportView } from './view/report-view.ts';

const MAX_PATHS = 5;
/** Room for the sentences that count what was left out. */
const NOTE_BYTES = 600;

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
    return top + sections(view, options.verbose, maxBytes - byteLength(top) - byteLength(bottom)) + bottom;
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
  const { sign, word } = VERDICT_SIGNS[view.verdict];
  const open = view.verdict === 'pass' && view.untold.length > 0 ? ', with open questions' : '';
  return `## ${sign} Model gate: ${word}${open}\n\n${view.headline}\n\n`;
}

function sections(view: ReportView, verbose: boolean, maxBytes: number): string {
  const all = [
    section('Findings', '', view.findings.map(findingDetails), ['finding', 'findings'], 0.5),
    section('Artifacts', tableHead(view), view.rows.map((row) => tableRow(view, row)), ['artifact', 'artifacts'], 0.5),
    section('What could not be told', groupHead(), view.untold.map((group) => groupRow(group, view)), ['reason', 'reasons'], 0.5),
    section('What did not run', groupHead(), view.notApplicable.map((group) => groupRow(group, view)), ['reason', 'reasons'], 0.3),
    section('What was inferred', '', verbose ? view.rows.flatMap((row) => row.artifact.notes.map((note) => noteLine(row.artifact.path, note))) : [], ['note', 'notes'], 0.3),
    coverageSection(view),
  ].filter((one) => one.blocks.length > 0);
  let room = maxBytes;
  const texts = all.map((one, index) => {
    // The last section may take all that is left; an earlier one leaves room unless everything fits anyway.
    const rest = all.slice(index).reduce((sum, other) => sum + sizeOf(other), 0);
    const text = rendered(one, rest <= room || index === all.length - 1 ? room : room * one.share);
    room -= byteLength(text);
    return text;
  });
  return texts.join('');
}

function section(title: string, lead: string, blocks: readonly string[], noun: Section['noun'], share: number): Section {
  return { title, lead, blocks, noun, share };
}

function sizeOf(one: Section): number {
  return opening(one).length * 4 + one.blocks.reduce((sum, block) => sum + byteLength(block), 0) + NOTE_BYTES;
}

function opening({ title, lead }: Section): string {
  return `### ${title}\n\n${lead}`;
}

function rendered(one: Section, maxBytes: number): string {
  const start = opening(one);
  const { text, left } = fill(one.blocks, maxBytes - byteLength(start) - NOTE_BYTES);
  const [singular, plural] = one.noun;
  const note = `\n*${count(left, `${singular} is`, `${plural} are`)} left out for lack of room; the JSON report has every one.*\n`;
  if (left > 0 && byteLength(start) + byteLength(text) + NOTE_BYTES > maxBytes) return '';
  return `${left === one.blocks.length ? `### ${one.title}\n` : start + text}${left > 0 ? note : ''}\n`;
}

function groupHead(): string {
  return '| Check | Outcome | Artifacts | Why | What to do next |\n| --- | --- | --- | --- | --- |\n';
}

function groupRow(group: Group, view: ReportView): string {
  const { sign, word } = OUTCOME_SIGNS[group.outcome];
  const isAll = group.paths.length > 1 && group.paths.length === view.rows.length;
  const cells = [
    markdownCode(group.what),
    `${sign} ${word}`.trim(),
    isAll ? `all ${String(group.paths.length)}` : pathList(group.paths),
    escapeMarkdown(group.reason),
    group.nextStep === undefined ? '' : escapeMarkdown(group.nextStep),
  ];
  return `| ${cells.join(' | ')} |\n`;
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
