import { escapeTerminal } from '../reporters/escape.ts';

/** A path or name for the terminal: whatever could move the cursor, colour or reorder text is made visible. */
export function printable(text: string): string {
  return escapeTerminal(text);
}
