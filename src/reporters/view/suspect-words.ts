import type { SuspectView } from './finding-view.ts';
import { formatNumber } from './format-number.ts';

/** A suspect after its name: its label, its score and why. Not escaped. */
export function suspectWords({ suspect: { label, score, reason } }: SuspectView): string {
  return `${label === undefined ? 'no label' : `label ${label}`}, ${formatNumber(score)}: ${reason}`;
}
