import type { GateReport, Verdict } from '../report.ts';
import { escapeCommandData, escapeCommandProperty, groupDigits, MAX_NAME_CHARACTERS, visible } from './escape.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import { locationText } from './view/describe-location.ts';
import type { FindingView, SuspectView } from './view/finding-view.ts';
import { suspectWords } from './view/suspect-words.ts';
import { count } from './view/format-number.ts';
import type { OpenQuestion } from './view/open-questions.ts';
import { viewReport } from './view/report-view.ts';

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
    const ofVerdict = (verdict: Verdict): (() => Annotation)[] => [
      ...view.flagged.filter((one) => one.finding.verdict === verdict).map((one) => () => ofFinding(one)),
      ...view.untold.filter((one) => one.verdict === verdict).map((one) => () => ofQuestion(one)),
    ];
    const suspects = view.flagged.flatMap((one) => one.suspects.map((suspect) => () => ofSuspect(one, suspect)));
    return [...commands('error', ofVerdict('fail')), ...commands('warning', ofVerdict('warn')), ...commands('notice', [...ofVerdict('pass'), ...suspects])].join('');
  },
};

/** All of them, or nine and a tenth that counts the others; only what is shown is written. */
function commands(kind: Kind, annotations: readonly (() => Annotation)[]): string[] {
  if (annotations.length <= MAX_ANNOTATIONS_PER_KIND) return annotations.map((one) => command(kind, one()));
  const shown = annotations.slice(0, MAX_ANNOTATIONS_PER_KIND - 1);
  const rest = annotations.length - shown.length;
  const summary = command(kind, {
    title: `modelgate: ${count(rest, 'more', 'more')} not shown`,
    message: [`GitHub shows ${String(MAX_ANNOTATIONS_PER_KIND)} annotations of a kind. The job summary and the JSON report have the other ${groupDigits(rest)}.`],
  });
  return [...shown.map((one) => command(kind, one())), summary];
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
  const path = artifact?.path;
  return {
    title: visible(`modelgate: ${view.title} (${finding.severity})`, MAX_NAME_CHARACTERS),
    ...(path === undefined ? {} : { file: visible(path, MAX_NAME_CHARACTERS) }),
    message: [
      visible(finding.text),
      view.measured === undefined ? undefined : `Measured: ${visible(view.measured)}.`,
      `How sure: ${visible(view.howSure)}`,
      view.where.length === 0 ? undefined : `Where: ${locationText(view.where, (name) => visible(name, MAX_NAME_CHARACTERS))}.`,
      `Next step: ${visible(finding.nextStep)}`,
      `${visible(finding.rule, MAX_NAME_CHARACTERS)} ${view.docsUrl}`,
    ],
  };
}

/** On the file that holds the sample, which the reader of a change can open there. */
function ofSuspect({ finding }: FindingView, view: SuspectView): Annotation {
  return {
    title: visible(`modelgate: suspected sample (${finding.detector ?? finding.rule})`, MAX_NAME_CHARACTERS),
    file: visible(view.file, MAX_NAME_CHARACTERS),
    message: [`${visible(view.suspect.id, MAX_NAME_CHARACTERS)}: ${visible(suspectWords(view))}`],
  };
}

function ofQuestion(group: OpenQuestion): Annotation {
  const [first] = group.paths;
  return {
    title: visible(`modelgate: could not tell (${group.checks.join(', ')})`, MAX_NAME_CHARACTERS),
    ...(group.paths.length === 1 && first !== undefined ? { file: visible(first, MAX_NAME_CHARACTERS) } : {}),
    message: [
      group.paths.length < 2 ? visible(group.reason) : `${count(group.paths.length, 'artifact')}: ${visible(group.reason)}`,
      'This is evidence neither for nor against the artifact.',
      group.nextStep === undefined ? undefined : `Next step: ${visible(group.nextStep)}`,
    ],
  };
}
