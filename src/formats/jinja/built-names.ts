import type { Token } from './tokenize.ts';

/** Filters and methods that make another text of one. */
const TRANSFORMS: ReadonlySet<string> = new Set([
  'join', 'replace', 'format', 'reverse', 'lower', 'upper', 'swapcase', 'title', 'capitalize', 'center', 'ljust', 'rjust', 'zfill', 'trim', 'strip', 'lstrip', 'rstrip', 'truncate', 'translate', 'string', 'list', 'decode', 'encode',
]);
const OPERATORS: ReadonlySet<string> = new Set(['~', '+', '%', '*', '[']);

/** Names that the template sets to a text that it puts together: from constants or the names of arguments, or as a block of text. */
export function builtNames(tokens: readonly Token[]): ReadonlySet<string> {
  const built = new Set<string>();
  for (const { name, expression } of assignments(tokens)) if (expression === undefined || builds(expression, built)) built.add(name);
  return built;
}

interface Assignment {
  /** Of `ns.a` the last part. */
  readonly name: string;
  /** Undefined for a block. */
  readonly expression: readonly Token[] | undefined;
}

function assignments(tokens: readonly Token[]): readonly Assignment[] {
  const found: Assignment[] = [];
  for (const part of statements(tokens, 'set')) {
    const equals = part.findIndex(({ text }) => text === '=');
    const target = part.slice(1, equals < 0 ? part.findIndex(({ text }) => text === '|') >>> 0 : equals).filter(({ kind }) => kind === 'name').at(-1);
    if (target !== undefined) found.push({ name: target.text, expression: equals < 0 ? undefined : part.slice(equals + 1) });
  }
  return found;
}

function builds(expression: readonly Token[], built: ReadonlySet<string>): boolean {
  const hasText = expression.some(({ kind, text }, at) => kind === 'string' || built.has(text) || (kind === 'name' && text === 'dict' && expression[at + 1]?.text === '('));
  return hasText && expression.some(({ kind, text }, at) => (kind === 'operator' && OPERATORS.has(text) && at > 0) || (kind === 'name' && TRANSFORMS.has(text)));
}

/** The texts of `{% set name %} … {% endset %}` blocks, one for each piece between two tags. */
export function textsOfBlocks(tokens: readonly Token[], text: string): readonly { readonly text: string; readonly at: number }[] {
  const found: { text: string; at: number }[] = [];
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'begin' && token.text === '{%') {
      const tag = tokens[index + 1]?.text;
      if (tag === 'set' && !statementAt(tokens, index).some((one) => one.text === '=')) depth += 1;
      else if (tag === 'endset') depth -= 1;
    }
    if (token.kind !== 'end' || depth <= 0) continue;
    const from = token.at + token.text.length + (text[token.at] === '-' || text[token.at] === '+' ? 1 : 0);
    const piece = text.slice(from, tokens[index + 1]?.at ?? text.length).trim();
    if (piece !== '') found.push({ text: piece, at: from });
  }
  return found;
}

function statements(tokens: readonly Token[], tag: string): readonly (readonly Token[])[] {
  return tokens.flatMap((token, index) => (token.kind === 'begin' && token.text === '{%' && tokens[index + 1]?.text === tag ? [statementAt(tokens, index)] : []));
}

/** What stands between the delimiters of the statement that begins there. */
function statementAt(tokens: readonly Token[], begin: number): readonly Token[] {
  const end = tokens.findIndex(({ kind }, index) => index > begin && kind === 'end');
  return tokens.slice(begin + 1, end < 0 ? tokens.length : end);
}
