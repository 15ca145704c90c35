import type { SuspectView } from './finding-view.ts';
import { formatNumber } from './format-number.ts';

/** A suspect after its name: its label, its score and why. Not escaped. */
export function suspectWords(view: SuspectView): string {
  return `${suspectMeasure(view)}: ${view.suspect.reason}`;
}

/** The same without the reason, for suspects that share one. */
export function suspectMeasure({ suspect: { label, score } }: SuspectView): string {
  return `${label === undefined ? 'no label' : `label ${label}`}, score ${formatNumber(score)}`;
}
