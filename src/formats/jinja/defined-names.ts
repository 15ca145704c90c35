import type { Token } from './tokenize.ts';

/** Statements that define names, and where that part of them ends. */
const DEFINING: Readonly<Record<string, 'in' | '=' | 'end'>> = { for: 'in', set: '=', macro: 'end', call: 'end', with: '=' };

/** Names that the template gives a value itself: macros and their parameters, what it sets, loops over, imports. Calling one calls no function from outside. */
export function definedNames(tokens: readonly Token[]): ReadonlySet<string> {
  const names = new Set<string>();
  let until: 'in' | '=' | 'end' | undefined;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'end' || (until === '=' && token.text === '=')) until = undefined;
    if (token.kind !== 'name') continue;
    const before = tokens[index - 1];
    if (before?.kind === 'begin' && before.text === '{%') {
      until = DEFINING[token.text];
      continue;
    }
    if (until === 'in' && token.text === 'in') until = undefined;
    const isAssigned = tokens[index + 1]?.text === '=' && before?.text !== '.';
    const isAlias = before?.kind === 'name' && (before.text === 'as' || before.text === 'import');
    if (until !== undefined || isAssigned || isAlias) names.add(token.text);
  }
  return names;
}
