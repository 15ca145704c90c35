import type { GateReport } from '../report.ts';
import { escapeTerminal, MAX_NAME_CHARACTERS } from './escape.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import { artifactTable } from './text/artifact-table.ts';
import { block, COLUMNS, heading } from './text/block.ts';
import { detailLines } from './text/detail-lines.ts';
import { wrap } from './text/display-width.ts';
import { findingLines } from './text/finding-lines.ts';
import { groupLines, pathList } from './text/group-lines.ts';
import { EVIDENCE_MARKS, VERDICT_MARKS } from './text/marks.ts';
import { createPaint, type Paint } from './text/paint.ts';
import { count } from './view/format-number.ts';
import { viewReport, type ReportView } from './view/report-view.ts';

/** A screenful of findings is read; of thousands, the worst are shown and the rest is in the JSON report. */
const MAX_FINDINGS = 50;
/** What does not apply needs no attention; many kinds of files have many reasons. What could not be told is never cut. */
const MAX_REASONS_NOT_RUN = 8;

export const textReporter: Reporter = {
  meta: {
    id: 'text',
    title: 'Text',
    description: 'For a terminal or a CI log: one row an artifact, then what needs attention and what to do about it.',
    mediaType: 'text/plain',
    fileExtension: 'txt',
    since: '0.1.0',
  },
  render(report: GateReport, options: RenderOptions): string {
    const view = viewReport(report, options.rules);
    const paint = createPaint(options.color);
    const lines = [
      ...head(report, paint),
      ...(view.rows.length === 0 ? [] : ['', ...artifactTable(view, options.verbose, paint)]),
      ...findings(view, options, paint),
      ...groups(view, options.verbose, paint),
      ...coverage(view, options.verbose, paint),
      ...(options.verbose && view.rows.length > 0 ? heading('DETAILS', paint) : []),
      ...(options.verbose ? view.rows.flatMap((row) => detailLines(row.artifact, paint)) : []),
      '',
      ...verdictLines(view, paint),
    ];
    // Lines are wrapped at any place, and the Actions runner obeys one that begins with `::`, blanks or not (CWE-77).
    return `${lines.join('\n')}\n`.replace(/^([^\S\n]*)::/gm, '$1<U+003A>:');
  },
};

function head({ tool, policy, seed }: GateReport, paint: Paint): string[] {
  const name = escapeTerminal(`${tool.name} ${tool.version}`, MAX_NAME_CHARACTERS);
  const id = escapeTerminal(policy.id, MAX_NAME_CHARACTERS);
  const source = escapeTerminal(policy.source, MAX_NAME_CHARACTERS);
  return [`${paint('bold', 'Model gate')}  ${paint('dim', `${name}, policy ${id} (${source}), seed ${String(seed)}`)}`];
}

function findings(view: ReportView, options: RenderOptions, paint: Paint): string[] {
  const { verbose, hasPictureFiles = false } = options;
  if (view.flagged.length === 0) return [];
  const shown = verbose ? view.flagged : view.flagged.slice(0, MAX_FINDINGS);
  const rest = view.flagged.length - shown.length;
  const pictures = hasPictureFiles ? 0 : view.flagged.reduce((sum, one) => sum + one.pictureFiles.length, 0);
  return [
    ...heading(`FINDINGS (${String(view.flagged.length)})`, paint),
    ...shown.flatMap((finding, index) => [...(index === 0 ? [] : ['']), ...findingLines(finding, options, paint)]),
    ...(rest > 0 ? ['', paint('dim', `  … and ${count(rest, 'less severe finding')}; --verbose or --format json has every one`)] : []),
    ...(pictures > 0 ? ['', paint('dim', `  ${count(pictures, 'picture')} of what was found: run with --format html --output report.html to get ${pictures === 1 ? 'it' : 'them'}`)] : []),
  ];
}

function groups(view: ReportView, verbose: boolean, paint: Paint): string[] {
  const lines = (all: ReportView['untold']): string[] =>
    all.flatMap((group, index) => [...(index === 0 ? [] : ['']), ...groupLines(group, view, verbose, paint)]);
  const shown = verbose ? view.notApplicable : view.notApplicable.slice(0, MAX_REASONS_NOT_RUN);
  const rest = view.notApplicable.length - shown.length;
  return [
    ...(view.untold.length === 0 ? [] : [...heading('COULD NOT TELL', paint), ...lines(view.untold)]),
    ...(view.notApplicable.length === 0 ? [] : [...heading('DID NOT RUN', paint), ...lines(shown)]),
    ...(rest > 0 ? ['', paint('dim', `  … and ${count(rest, 'more reason')}; --verbose lists every one`)] : []),
  ];
}

function coverage(view: ReportView, verbose: boolean, paint: Paint): string[] {
  const { seen, scanned, skipped } = view.report.coverage;
  if (view.allClear && !verbose) return [];
  return [
    ...heading('COVERAGE', paint),
    `  ${count(seen, 'file')} seen, ${String(scanned)} scanned, ${String(skipped.length)} skipped`,
    ...view.skipped.flatMap(({ reason, paths }) =>
      block([['Skipped', `${pathList(paths, verbose)}: ${escapeTerminal(reason)}`]], paint)),
  ];
}

/** The last thing on the screen is the verdict. */
function verdictLines(view: ReportView, paint: Paint): string[] {
  const { word, ...mark } = VERDICT_MARKS[view.verdict];
  // A run that looked at nothing never looks like one that found nothing.
  const { sign, tone } = view.verdict === 'pass' && view.rows.length === 0 ? EVIDENCE_MARKS.none : mark;
  const lead = `${sign} ${word.toUpperCase()}`;
  const indent = lead.length + 2;
  return wrap(view.headline, COLUMNS - indent).map((line, index) => (index === 0 ? `${paint(tone, lead)}  ${line}` : ' '.repeat(indent) + line));
}
