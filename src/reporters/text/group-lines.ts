import { escapeTerminal, MAX_NAME_CHARACTERS } from '../escape.ts';
import { count } from '../view/format-number.ts';
import type { OpenQuestion } from '../view/open-questions.ts';
import type { ReportView } from '../view/report-view.ts';
import { block, COLUMNS } from './block.ts';
import { displayWidth } from './display-width.ts';
import { OUTCOME_MARKS, VERDICT_MARKS } from './marks.ts';
import type { Paint } from './paint.ts';

const MAX_PATHS = 3;

/** A reason that several artifacts share: who could not tell (or did not run), why, and what to do. */
export function groupLines(group: OpenQuestion, view: ReportView, verbose: boolean, paint: Paint): string[] {
  const { sign, tone, words } = OUTCOME_MARKS[group.outcome];
  const state = group.outcome === 'not-applicable' ? words : `${VERDICT_MARKS[group.verdict].word}, ${words}`;
  const isAll = group.paths.length > 1 && group.paths.length === view.rows.length;
  const [only] = group.paths;
  const where =
    only === undefined ? 'the run as a whole'
    : group.paths.length === 1 ? escapeTerminal(only, MAX_NAME_CHARACTERS)
    : `${isAll ? 'all ' : ''}${count(group.paths.length, 'artifact')}`;
  const checks = group.checks.map((check) => escapeTerminal(check, MAX_NAME_CHARACTERS)).join(', ');
  const fits = displayWidth(`${sign} ${state}  ${checks}`) <= COLUMNS;
  return [
    `${paint(tone, sign)} ${paint(tone, state)}  ${paint('bold', fits ? checks : count(group.checks.length, 'check'))}`,
    ...block(
      [
        ['Checks', fits ? undefined : checks],
        ['For', where],
        ['Artifacts', group.paths.length === 1 || (isAll && !verbose) ? undefined : pathList(group.paths, verbose)],
        ['Why', escapeTerminal(group.reason)],
        ['Do next', group.nextStep === undefined ? undefined : escapeTerminal(group.nextStep)],
      ],
      paint,
    ),
  ];
}

/** A few paths and the number of the rest; all of them when everything is asked for. */
export function pathList(paths: readonly string[], verbose: boolean): string {
  const shown = verbose ? paths : paths.slice(0, MAX_PATHS);
  const rest = paths.length - shown.length;
  return `${shown.map((path) => escapeTerminal(path, MAX_NAME_CHARACTERS)).join(', ')}${rest > 0 ? ` and ${count(rest, 'more', 'more')}` : ''}`;
}
