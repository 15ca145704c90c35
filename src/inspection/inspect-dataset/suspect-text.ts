import { MAX_SUSPECT_CHARACTERS } from '../../report.ts';

/** A text of a dataset cut to what a report takes. */
export function suspectText(text: string): string {
  return text.length <= MAX_SUSPECT_CHARACTERS ? text : `${text.slice(0, MAX_SUSPECT_CHARACTERS - 1)}…`;
}
