import { padEnd, wrap } from './display-width.ts';
import type { Paint } from './paint.ts';

/** Terminals and CI logs hold 100 columns without wrapping; the reporter never asks how wide the screen is. */
export const COLUMNS = 100;
const LABEL_WIDTH = 10;

/** `Seen`, `Do next`: a label and its (already escaped) text. Entries without text are left out. */
export type Entry = readonly [label: string, text: string | undefined];

/**
 * Labelled lines behind a bar. The bar is more than looks: the Actions runner obeys a line that begins with `::`, so
 * no line may begin with somebody else's words, wrapped ones included.
 */
export function block(entries: readonly Entry[], paint: Paint): string[] {
  return entries.flatMap(([label, text]) => {
    if (text === undefined || text === '') return [];
    return wrap(text, COLUMNS - LABEL_WIDTH - 2).map(
      (line, index) => `${paint('dim', '│')} ${paint('dim', padEnd(index === 0 ? label : '', LABEL_WIDTH))}${line}`,
    );
  });
}

export function heading(text: string, paint: Paint): string[] {
  return ['', paint('bold', text)];
}
