import type { PythonToken } from './tokenize-python.ts';

const DEFINING: ReadonlySet<string> = new Set(['def', 'class']);

/** Whether what follows `before` is an attribute of something, or the name that is defined: no name that is looked up. */
export function isPartOf(before: PythonToken | undefined): boolean {
  return before?.text === '.' || (before?.kind === 'name' && DEFINING.has(before.text));
}

/** The name that begins at `from` with the attributes that follow it, and the index behind them. */
export function dottedName(tokens: readonly PythonToken[], from: number): { readonly dotted: string; readonly next: number } {
  const parts = [tokens[from]?.text ?? ''];
  let next = from + 1;
  while (tokens[next]?.text === '.' && tokens[next + 1]?.kind === 'name') {
    parts.push(tokens[next + 1]?.text ?? '');
    next += 2;
  }
  return { dotted: parts.join('.'), next };
}
