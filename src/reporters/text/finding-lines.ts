import { escapeTerminal, MAX_NAME_CHARACTERS } from '../escape.ts';
import type { RenderOptions } from '../reporter.ts';
import { locationText } from '../view/describe-location.ts';
import type { FindingView } from '../view/finding-view.ts';
import { suspectMeasure, suspectWords } from '../view/suspect-words.ts';
import { block } from './block.ts';
import { VERDICT_MARKS } from './marks.ts';
import type { Paint } from './paint.ts';

/** What was seen, how it measures, how sure that is, what it means and what to do: the same order on every surface. */
export function findingLines(view: FindingView, { verbose, hasPictureFiles = false }: Pick<RenderOptions, 'verbose' | 'hasPictureFiles'>, paint: Paint): string[] {
  const { finding, artifact } = view;
  const verdict = VERDICT_MARKS[finding.verdict];
  const title = escapeTerminal(view.title, MAX_NAME_CHARACTERS);
  const pictures = hasPictureFiles ? view.pictureFiles.map((one) => escapeTerminal(one, MAX_NAME_CHARACTERS)) : [];
  return [
    `${paint(verdict.tone, verdict.sign)} ${paint(verdict.tone, `${verdict.word}, ${finding.severity}`)}  ${paint('bold', title)}`,
    ...block(
      [
        ['Artifact', artifact === undefined ? 'the run as a whole' : escapeTerminal(artifact.path, MAX_NAME_CHARACTERS)],
        ['Where', locationText(view.where, (name) => escapeTerminal(name, MAX_NAME_CHARACTERS))],
        ['Seen', escapeTerminal(finding.text)],
        ['Measured', view.measured === undefined ? undefined : escapeTerminal(view.measured)],
        ['How sure', view.howSure],
        ['Means', escapeTerminal(view.meaning)],
        ['Checked', !verbose || view.checks === undefined ? undefined : escapeTerminal(view.checks)],
        ['Do next', escapeTerminal(finding.nextStep)],
        ['Pictures', pictures.length === 0 ? undefined : pictures.join(', ')],
        ['Suspects', view.suspects.length === 0 ? undefined : suspectText(view)],
        ['Rule', escapeTerminal(finding.rule, MAX_NAME_CHARACTERS)],
        ['Read', view.docsUrl],
      ],
      paint,
    ),
  ];
}

/** More do not fit a screen; the JSON report and `dataset quarantine` have the others. */
const MAX_SUSPECTS = 5;

function suspectText({ suspects, suspectCount }: FindingView): string {
  const shown = suspects.slice(0, MAX_SUSPECTS);
  const rest = suspectCount - shown.length;
  const reasons = new Set(shown.map(({ suspect }) => suspect.reason));
  const [common] = reasons;
  // One reason for all of them is said once, behind them.
  const isCommon = shown.length > 1 && reasons.size === 1 && common !== undefined;
  const named = shown.map((one) => `${escapeTerminal(one.suspect.id, MAX_NAME_CHARACTERS)} (${escapeTerminal(isCommon ? suspectMeasure(one) : suspectWords(one), MAX_NAME_CHARACTERS)})`);
  return `${named.join('; ')}${isCommon ? `: ${escapeTerminal(common, MAX_NAME_CHARACTERS)}` : ''}${rest > 0 ? `; and ${String(rest)} more` : ''}`;
}
