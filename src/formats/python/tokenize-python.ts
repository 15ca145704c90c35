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
export function tokenizePython(source: string, depth = 0): readonly PythonToken[] | undefined {
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
      const content = source.slice(at + prefix.length, end);
      tokens.push({ kind: 'string', text: content, ...start });
      if (/^[a-z]*[ft]/i.test(prefix)) tokens.push(...fieldsOf(content, start, depth));
      skip(source.slice(at, Math.min(source.length, end + quote.length)));
      continue;
    }
    const name = match(NAME);
    const number = name === undefined ? match(NUMBER) : undefined;
    // Python reads letters of other forms as the plain ones.
    const text = name ?? number ?? String.fromCodePoint(source.codePointAt(at) ?? 0);
    tokens.push({ kind: name !== undefined ? 'name' : number !== undefined ? 'number' : 'operator', text: name === undefined ? text : text.normalize('NFKC'), ...start });
    at += text.length;
  }
  return tokens;
}

/** Strings within the fields of strings: Python 3.12 allows any depth, and people write two. */
const MAX_FIELD_DEPTH = 3;

/** The tokens of the replacement fields of an f-string, each behind a line end: what stands in them runs as anything else does. */
function fieldsOf(content: string, start: Pick<PythonToken, 'at' | 'line'>, depth: number): readonly PythonToken[] {
  if (depth >= MAX_FIELD_DEPTH) return [];
  const tokens: PythonToken[] = [];
  for (const field of content.matchAll(/\{\{|\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}?/g)) {
    const inner = field[1] === undefined ? undefined : tokenizePython(field[1], depth + 1);
    if (inner !== undefined && tokens.length + inner.length < MAX_TOKENS) tokens.push({ kind: 'newline', text: '\n', ...start }, ...inner.map((one) => ({ ...one, ...start })), { kind: 'newline', text: '\n', ...start });
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
