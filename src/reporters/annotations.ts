import type { GateReport } from '../report.ts';
import { escapeCommandData, escapeCommandProperty, MAX_NAME_CHARACTERS, visible } from './escape.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import type { FindingView } from './view/finding-view.ts';
import { count } from './view/format-number.ts';
import { viewReport, type Group, type ReportView } from './view/report-view.ts';

/** GitHub shows ten annotations of a kind a step and drops the rest without a word. */
export const MAX_ANNOTATIONS_PER_KIND = 10;

type Kind = 'error' | 'warning' | 'notice';

interface Annotation {
  readonly title: string;
  readonly file?: string;
  /** Lines; joined with an escaped line break. */
  readonly message: readonly (string | undefined)[];
}

/**
 * Workflow commands for standard output of a job on GitHub Actions. No line numbers: a model has none, and a made-up
 * one would send the reader to the wrong place.
 */
export const annotationsReporter: Reporter = {
  meta: {
    id: 'annotations',
    title: 'Annotations',
    description: 'GitHub workflow commands: at most ten errors, warnings and notices each, the most severe first, the rest counted.',
    mediaType: 'text/plain',
    fileExtension: 'txt',
    since: '0.1.0',
  },
  render(report: GateReport, options: RenderOptions): string {
    const view = viewReport(report, options.rules);
    const failing = view.findings.filter((one) => one.finding.verdict === 'fail');
    const warning = view.findings.filter((one) => one.finding.verdict === 'warn');
    return [
      ...commands('error', failing.map(ofFinding)),
      ...commands('warning', warning.map(ofFinding)),
      ...commands('notice', openQuestions(view).map(ofGroup)),
    ].join('');
  },
};

/** What could not be told and is not a finding already: under a lenient policy nobody else would say it here. */
function openQuestions(view: ReportView): Group[] {
  const told = new Set(
    view.findings
      .filter((one) => one.evidence === 'untold')
      .map((one) => JSON.stringify([one.finding.detector ?? one.finding.rule.split('/', 1)[0], one.artifact?.path])),
  );
  return view.untold
    .map((group) => ({ ...group, paths: group.paths.filter((path) => !saidAlready(told, group.what, path)) }))
    .filter((group) => group.paths.length > 0);
}

function saidAlready(told: ReadonlySet<string>, what: string, path: string): boolean {
  return told.has(JSON.stringify([what === 'artifact' ? 'gate' : what, path]));
}

/** All of them, or nine and a tenth that counts the others. */
function commands(kind: Kind, annotations: readonly Annotation[]): string[] {
  if (annotations.length <= MAX_ANNOTATIONS_PER_KIND) return annotations.map((one) => command(kind, one));
  const shown = annotations.slice(0, MAX_ANNOTATIONS_PER_KIND - 1);
  const rest = annotations.length - shown.length;
  const summary: Annotation = {
    title: `${count(rest, 'more', 'more')} not shown`,
    message: [`GitHub shows ${String(MAX_ANNOTATIONS_PER_KIND)} annotations of a kind. The job summary and the JSON report have the other ${String(rest)}.`],
  };
  return [...shown, summary].map((one) => command(kind, one));
}

function command(kind: Kind, { title, file, message }: Annotation): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${escapeCommandProperty(file)}`]),
    `title=${escapeCommandProperty(title)}`,
  ];
  const text = message.filter((line) => line !== undefined && line !== '').join('\n');
  return `::${kind} ${properties.join(',')}::${escapeCommandData(text)}\n`;
}

function ofFinding(view: FindingView): Annotation {
  const { finding, artifact } = view;
  const grade = view.evidence === 'untold' ? 'could not tell' : finding.severity;
  const path = artifact?.path;
  return {
    title: visible(`modelgate: ${view.title} (${grade})`, MAX_NAME_CHARACTERS),
    ...(path === undefined ? {} : { file: visible(path, MAX_NAME_CHARACTERS) }),
    message: [
      visible(finding.text),
      view.measured === undefined ? undefined : `Measured: ${visible(view.measured)}.`,
      `How sure: ${visible(view.howSure)}`,
      view.where.length === 0 ? undefined : `Where: ${view.where.map((part) => visible(part, MAX_NAME_CHARACTERS)).join(', ')}.`,
      `Next step: ${visible(finding.nextStep)}`,
      `${visible(finding.rule, MAX_NAME_CHARACTERS)} ${view.docsUrl}`,
    ],
  };
}

function ofGroup(group: Group): Annotation {
  const [first] = group.paths;
  return {
    title: visible(`modelgate: could not tell (${group.what})`, MAX_NAME_CHARACTERS),
    ...(group.paths.length === 1 && first !== undefined ? { file: visible(first, MAX_NAME_CHARACTERS) } : {}),
    message: [
      `${count(group.paths.length, 'artifact')}: ${visible(group.reason)}`,
      group.nextStep === undefined ? undefined : `Next step: ${visible(group.nextStep)}`,
    ],
  };
}
