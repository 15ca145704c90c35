import { escapeTerminal, MAX_NAME_CHARACTERS } from '../escape.ts';
import type { FindingView } from '../view/finding-view.ts';
import { block } from './block.ts';
import { EVIDENCE_MARKS, VERDICT_MARKS } from './marks.ts';
import type { Paint } from './paint.ts';

/** What was seen, how it measures, how sure that is, what it means and what to do: the same order on every surface. */
export function findingLines(view: FindingView, paint: Paint): string[] {
  const { finding, artifact } = view;
  const verdict = VERDICT_MARKS[finding.verdict];
  const mark = view.evidence === 'untold' ? EVIDENCE_MARKS.untold : verdict;
  const title = escapeTerminal(view.title, MAX_NAME_CHARACTERS);
  const state = view.evidence === 'untold' ? `${verdict.word}, could not tell` : `${verdict.word}, ${finding.severity}`;
  return [
    `${paint(mark.tone, mark.sign)} ${paint(mark.tone, state)}  ${paint('bold', title)}`,
    ...block(
      [
        ['Artifact', artifact === undefined ? 'the run as a whole' : escapeTerminal(artifact.path, MAX_NAME_CHARACTERS)],
        ['Where', view.where.map((part) => escapeTerminal(part, MAX_NAME_CHARACTERS)).join(', ')],
        ['Seen', escapeTerminal(finding.text)],
        ['Measured', view.measured === undefined ? undefined : escapeTerminal(view.measured)],
        ['How sure', view.howSure],
        ['Means', escapeTerminal(view.meaning)],
        ['Do next', escapeTerminal(finding.nextStep)],
        ['Rule', `${escapeTerminal(finding.rule, MAX_NAME_CHARACTERS)}  ${view.docsUrl}`],
      ],
      paint,
    ),
  ];
}
