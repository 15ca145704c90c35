import { escapeMarkdown, htmlCode, markdownCode, MAX_NAME_CHARACTERS } from '../escape.ts';
import type { FindingView } from '../view/finding-view.ts';
import { suspectWords } from '../view/suspect-words.ts';
import { VERDICT_SIGNS } from './signs.ts';

/** Findings that fail the gate are open: the reader came for them. */
export function findingDetails(view: FindingView, hasPictureFiles: boolean): string {
  const { finding, artifact } = view;
  const subject = artifact === undefined ? 'the run as a whole' : htmlCode(artifact.path);
  const title = escapeMarkdown(view.title, MAX_NAME_CHARACTERS);
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['Seen', escapeMarkdown(finding.text)],
    ['Where', view.where.length === 0 ? undefined : whereText(view)],
    ['Measured', view.measured === undefined ? undefined : escapeMarkdown(view.measured)],
    ['How sure', escapeMarkdown(view.howSure)],
    ['What it means', escapeMarkdown(view.meaning)],
    ['What was checked', view.checks === undefined ? undefined : escapeMarkdown(view.checks)],
    ['Pictures', view.pictureFiles.length === 0 ? undefined : pictureNames(view, hasPictureFiles)],
    ['Suspects', view.suspects.length === 0 ? undefined : suspectList(view)],
    ['What to do next', escapeMarkdown(finding.nextStep)],
    ['Rule', `${markdownCode(finding.rule)} ([what it looks at](${view.docsUrl}))`],
  ];
  return [
    `<details${finding.verdict === 'fail' ? ' open' : ''}><summary>${VERDICT_SIGNS[finding.verdict].sign} <b>${finding.verdict}, ${finding.severity}</b>: ${title} · ${subject}</summary>`,
    '',
    ...entries.flatMap(([label, text]) => (text === undefined ? [] : [`- **${label}**: ${text}`])),
    '',
    '</details>',
    '',
    '',
  ].join('\n');
}

function pictureNames({ pictureFiles }: FindingView, hasPictureFiles: boolean): string {
  if (!hasPictureFiles) return `${String(pictureFiles.length)}, written where the report goes to a file`;
  return `${pictureFiles.map((one) => markdownCode(one)).join(', ')}, beside the report`;
}

function whereText({ where }: FindingView): string {
  return where.map(({ label, value, isName }) => `${label} ${isName ? markdownCode(value) : value}`).join(', ');
}

/** A summary is read in a minute; the JSON report and `dataset quarantine` have the others. */
const MAX_SUSPECTS = 10;

function suspectList({ suspects, suspectCount }: FindingView): string {
  const items = suspects.slice(0, MAX_SUSPECTS).map((one) => `\n  - ${markdownCode(one.suspect.id)} ${escapeMarkdown(suspectWords(one), MAX_NAME_CHARACTERS)}`);
  const rest = suspectCount - items.length;
  return `${String(suspectCount)}${items.join('')}${rest > 0 ? `\n  - and ${String(rest)} more` : ''}`;
}
