import { escapeTerminal, MAX_NAME_CHARACTERS } from '../escape.ts';
import { locationText } from '../view/describe-location.ts';
import type { FindingView } from '../view/finding-view.ts';
import { suspectWords } from '../view/suspect-words.ts';
import { block } from './block.ts';
import { VERDICT_MARKS } from './marks.ts';
import type { Paint } from './paint.ts';

/** What was seen, how it measures, how sure that is, what it means and what to do: the same order on every surface. */
export function findingLines(view: FindingView, hasPictureFiles: boolean, paint: Paint): string[] {
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
  const shown = suspects.slice(0, MAX_SUSPECTS).map((one) => `${escapeTerminal(one.suspect.id, MAX_NAME_CHARACTERS)} (${escapeTerminal(suspectWords(one), MAX_NAME_CHARACTERS)})`);
  const rest = suspectCount - shown.length;
  return `${shown.join('; ')}${rest > 0 ? `; and ${String(rest)} more` : ''}`;
}
