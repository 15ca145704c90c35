import type { Token } from './tokenize.ts';

/** Index of the bracket that closes the one at `open`; the end of the tokens where none does. */
export function matchingBracket(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token?.kind !== 'operator') continue;
    if ('([{'.includes(token.text)) depth += 1;
    else if (')]}'.includes(token.text)) depth -= 1;
    if (depth === 0) return index;
  }
  return tokens.length;
}
