export interface PythonToken {
  readonly kind: 'name' | 'number' | 'string' | 'operator' | 'newline';
  readonly text: string;
  readonly at: number;
  /** From 1. */
  readonly line: number;
}

/** The largest file of a model has 50,000 tokens; each takes some dozens of bytes (CWE-770). */
const MAX_TOKENS = 2_000_000;

const BLANK = /(?:[ \t\f]|\\\r?\n)+/y;
const COMMENT = /#[^\n\r]*/y;
const NEWLINE = /\r\n?|\n/y;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const NUMBER = /[0-9][0-9a-zA-Z_.]*/y;
const PREFIX = /[rRbBuUfFtT]{0,2}(?:"""|'''|"|')/y;

/**
 * Python source divided into tokens: strings whole with their quotes left out and escapes as written, comments and blanks left
 * out. Nothing is refused: what Python would not read it does not run. Undefined beyond the limit of tokens.
 */
export function tokenizePython(source: string): readonly PythonToken[] | undefined {
  const tokens: PythonToken[] = [];
  let at = 0;
  let line = 1;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const skip = (text: string): void => {
    at += text.length;
    for (const character of text) if (character === '\n') line += 1;
  };
  while (at < source.length) {
    if (tokens.length > MAX_TOKENS) return undefined;
    const blank = match(BLANK) ?? match(COMMENT);
    if (blank !== undefined && blank !== '') {
      skip(blank);
      continue;
    }
    const start = { at, line };
    const newline = match(NEWLINE);
    if (newline !== undefined) {
      tokens.push({ kind: 'newline', text: '\n', ...start });
      skip(newline);
      continue;
    }
    const prefix = match(PREFIX);
    if (prefix !== undefined) {
      const quote = prefix.replace(/^[a-zA-Z]*/, '');
      const end = endOfString(source, at + prefix.length, quote);
      tokens.push({ kind: 'string', text: source.slice(at + prefix.length, end), ...start });
      skip(source.slice(at, Math.min(source.length, end + quote.length)));
      continue;
    }
    const name = match(NAME);
    const number = name === undefined ? match(NUMBER) : undefined;
    const text = name ?? number ?? String.fromCodePoint(source.codePointAt(at) ?? 0);
    tokens.push({ kind: name !== undefined ? 'name' : number !== undefined ? 'number' : 'operator', text, ...start });
    at += text.length;
  }
  return tokens;
}

function endOfString(source: string, from: number, quote: string): number {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source.startsWith(quote, at)) return at;
    // A string of one line ends with it, closed or not.
    else if (quote.length === 1 && source[at] === '\n') return at;
  }
  return source.length;
}
