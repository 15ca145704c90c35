import { GateError } from '../../errors.ts';
import { unescapeString } from './unescape-string.ts';

export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'operator' | 'begin' | 'end';
  /** Of a string its value; of begin and end the delimiter without its sign: `{{`, `{%`, `}}`, `%}`. */
  readonly text: string;
  readonly at: number;
}

/** The largest published template has 5,000; each token takes some dozens of bytes (CWE-770). */
const MAX_TOKENS = 1_000_000;

/** Brackets in brackets: what is inside is looked at once a level, and no person writes a tenth of it (CWE-407). */
const MAX_DEPTH = 200;

const BEGIN = /\{[{%#][-+]?/g;
const SPACE = /\s+/y;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const NUMBER = /[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?|0[xob][0-9a-fA-F_]+/y;
const STRING = /'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"/y;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y;
const END_RAW = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
const OPEN: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * What a Jinja template holds between its delimiters, as `jinja2.lexer` divides it with the default delimiters: text,
 * comments and raw blocks are left out, strings are unescaped, a closing delimiter inside of brackets does not close.
 * Throws `format/malformed` where Jinja would refuse the template, with the offset in characters.
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const fail = (message: string, at: number): GateError => new GateError({ code: 'format/malformed', message, where: { offset: at } });
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    BEGIN.lastIndex = at;
    const begin = BEGIN.exec(text);
    if (begin === null) return tokens;
    at = begin.index + begin[0].length;
    const kind = begin[0].slice(0, 2);
    if (kind === '{#') {
      const end = text.indexOf('#}', begin.index + 2);
      if (end < 0) throw fail('A comment does not end.', begin.index);
      at = end + 2;
      continue;
    }
    const start = tokens.length;
    tokens.push({ kind: 'begin', text: kind, at: begin.index });
    code(kind === '{{' ? '}}' : '%}', begin.index);
    // {% raw %}: what follows is text.
    if (kind === '{%' && tokens.length === start + 3 && tokens[start + 1]?.text === 'raw') {
      END_RAW.lastIndex = at;
      const end = END_RAW.exec(text);
      if (end === null) throw fail('A raw block does not end.', begin.index);
      at = end.index + end[0].length;
    }
  }

  function code(close: string, from: number): void {
    const open: string[] = [];
    while (at < text.length) {
      if (tokens.length > MAX_TOKENS) throw new GateError({ code: 'format/limit-exceeded', message: `The template has more than ${String(MAX_TOKENS)} tokens.`, where: { offset: at } });
      const space = match(SPACE);
      if (space !== undefined) {
        at += space.length;
        continue;
      }
      const signed = text.startsWith(close, at) ? 0 : '-+'.includes(text[at] ?? '') && text.startsWith(close, at + 1) ? 1 : undefined;
      if (open.length === 0 && signed !== undefined) {
        tokens.push({ kind: 'end', text: close, at });
        at += signed + close.length;
        return;
      }
      at += token(open);
    }
    throw fail('An expression or a statement does not end.', from);
  }

  function token(open: string[]): number {
    const string = match(STRING);
    if (string !== undefined) {
      tokens.push({ kind: 'string', text: unescapeString(string.slice(1, -1)), at });
      return string.length;
    }
    for (const [kind, pattern] of [['name', NAME], ['number', NUMBER], ['operator', OPERATOR]] as const) {
      const found = match(pattern);
      if (found === undefined) continue;
      if (kind === 'operator') balance(found, open);
      tokens.push({ kind, text: found, at });
      return found.length;
    }
    throw fail(`The character ${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))} belongs to no expression.`, at);
  }

  function balance(operator: string, open: string[]): void {
    const closing = OPEN[operator];
    if (open.length > MAX_DEPTH) throw new GateError({ code: 'format/limit-exceeded', message: `Brackets are nested more than ${String(MAX_DEPTH)} deep.`, where: { offset: at } });
    if (closing !== undefined) open.push(closing);
    else if (')]}'.includes(operator) && open.pop() !== operator) throw fail(`There is a ${JSON.stringify(operator)} that closes nothing.`, at);
  }
}
