import type { Token } from './tokenize.ts';

/**
 * The text that constants from `start` on make together: side by side, with `~` or `+` between, or as a list that is joined
 * without a separator, as in `'__cl' ~ 'ass__'` and `['__', 'class', '__'] | join`. `next` is the index behind them.
 */
export function foldStrings(tokens: readonly Token[], start: number): { readonly value: string; readonly next: number } {
  const isJoined = tokens[start - 1]?.text === '[' && isJoinedList(tokens, start);
  let value = tokens[start]?.text ?? '';
  let next = start + 1;
  for (;;) {
    const token = tokens[next];
    if (token?.kind === 'string') {
      value += token.text;
      next += 1;
      continue;
    }
    const connects = token?.kind === 'operator' && (token.text === '~' || token.text === '+' || (isJoined && token.text === ','));
    const behind = tokens[next + 1];
    if (!connects || behind?.kind !== 'string') return { value, next };
    value += behind.text;
    next += 2;
  }
}

function isJoinedList(tokens: readonly Token[], start: number): boolean {
  let at = start;
  while (tokens[at]?.kind === 'string' || tokens[at]?.text === ',') at += 1;
  return tokens[at]?.text === ']' && tokens[at + 1]?.text === '|' && tokens[at + 2]?.text === 'join';
}
