import type { ByteRange } from '../../artifacts/byte-source.ts';
import type { CodeAction, CodeProgram, UnexaminedPart } from '../../model/code.ts';
import { dottedName, isPartOf } from './dotted-name.ts';
import { primaryAt, readAliases, type KnownNames } from './resolve-name.ts';
import { tokenizePython, type PythonToken } from './tokenize-python.ts';

export interface SourceText {
  readonly text: string;
  /** A noun phrase. */
  readonly place: string;
  /** Of the artifact: the file itself, or what names it. */
  readonly range: ByteRange;
}

export interface ReadSource {
  readonly program: CodeProgram;
  readonly unexamined: readonly UnexaminedPart[];
  /** Modules beside the file that it imports: `.configuration_x`. */
  readonly siblings: readonly string[];
}

/** The largest Python file of a published model has 0.3 MB. */
export const MAX_SOURCE_BYTES = 16 * 2 ** 20;

/** Different actions of one file; the largest has some hundreds. */
const MAX_ACTIONS = 20_000;
/** Modules of which a file imports everything; each makes a call of every unknown function one of it. */
const MAX_STARS = 20;
/** Attributes that lead from any object to all others. */
const INNER: ReadonlySet<string> = new Set(['__subclasses__', '__globals__', '__builtins__']);

/**
 * What a Python file imports, and what it calls and mentions of that, by its tokens: `import os as o` and `o.system(...)` is a call of
 * `os` `system`, and so is `getattr(os, 'sys' + 'tem')(...)`. Enough to name what it openly does; what it hides (decoded code) is for
 * people to read.
 */
export function readSource({ text, place, range }: SourceText): ReadSource {
  const tokens = tokenizePython(text);
  const actions = new Map<string, CodeAction>();
  const siblings = new Set<string>();
  if (tokens === undefined) {
    return { program: { language: 'python', place, range, runs: 'load', actions: [], irregularities: [] }, unexamined: [{ range, reason: `${place} is too long to be read` }], siblings: [] };
  }
  const lines = text.split('\n');
  const add = (kind: 'import' | 'call' | 'reference', dotted: string, { line }: PythonToken): void => {
    const dot = dotted.lastIndexOf('.');
    const target = { kind: 'name' as const, module: dotted.slice(0, Math.max(0, dot)), name: dotted.slice(dot + 1) };
    const known = actions.get(`${kind} ${dotted}`);
    if (known !== undefined) actions.set(`${kind} ${dotted}`, { ...known, count: known.count + 1 });
    else if (actions.size < MAX_ACTIONS) actions.set(`${kind} ${dotted}`, { kind: kind === 'call' ? 'call' : 'import', via: kind, target, count: 1, offset: range.offset, text: `line ${String(line)}: ${(lines[line - 1] ?? '').trim().slice(0, 120)}` });
  };
  const names = readImports(tokens, siblings, add);
  readAliases(tokens, names.aliases);
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] as PythonToken;
    if ((token.text === 'import' || token.text === 'from') && token.kind === 'name' && beginsStatement(tokens[index - 1])) {
      index = endOfImport(tokens, index);
      continue;
    }
    const isGroup = token.text === '(' && token.kind === 'operator' && !isOperand(tokens[index - 1]);
    if (isGroup) {
      const grouped = primaryAt(tokens, index, names);
      if (grouped !== undefined && tokens[grouped.next]?.text === '(') add('call', grouped.dotted, token);
      continue;
    }
    if (token.kind !== 'name' || isPartOf(tokens[index - 1])) {
      if (token.kind === 'name' && INNER.has(token.text) && tokens[index - 1]?.text === '.') add('call', `object.${token.text}`, token);
      continue;
    }
    const { dotted, next } = primaryAt(tokens, index, names) ?? { dotted: undefined, next: index + 1 };
    const isCalled = tokens[next]?.text === '(';
    if (dotted !== undefined) add(isCalled ? 'call' : 'reference', dotted, token);
    else if (isCalled) for (const module of names.stars) add('call', `${module}.${token.text}`, token);
  }
  return { program: { language: 'python', place, range, runs: 'load', actions: [...actions.values()], irregularities: [] }, unexamined: [], siblings: [...siblings] };
}

/** Behind a line end, a semicolon or the colon of `try: import x`. */
function beginsStatement(before: PythonToken | undefined): boolean {
  return before === undefined || before.kind === 'newline' || before.text === ';' || before.text === ':';
}

/** Whether a bracket behind it would be a call. */
const isOperand = (before: PythonToken | undefined): boolean => before !== undefined && (before.kind === 'name' || before.kind === 'string' || before.text === ')' || before.text === ']');

/** Index of the last token of an import, whose names are bound there and not used. */
function endOfImport(tokens: readonly PythonToken[], from: number): number {
  let isBracketed = false;
  let at = from;
  for (; at + 1 < tokens.length; at += 1) {
    const { text, kind } = tokens[at + 1] as PythonToken;
    if (text === '(') isBracketed = true;
    if (isBracketed ? text === ')' : kind === 'newline' || text === ';') break;
  }
  return at;
}

/** The names that imports bind, with the full name each stands for. */
function readImports(tokens: readonly PythonToken[], siblings: Set<string>, add: (kind: 'import', dotted: string, token: PythonToken) => void): KnownNames {
  const aliases = new Map<string, string>();
  const stars = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'name' || !beginsStatement(tokens[index - 1])) continue;
    if (token.text === 'import') readPlainImport(tokens, index + 1, aliases, add);
    else if (token.text === 'from') readFromImport(tokens, index + 1, { aliases, stars }, siblings, add);
  }
  return { aliases, stars };
}

function readPlainImport(tokens: readonly PythonToken[], from: number, aliases: Map<string, string>, add: (kind: 'import', dotted: string, token: PythonToken) => void): void {
  let at = from;
  while (tokens[at]?.kind === 'name') {
    const { dotted, next } = dottedName(tokens, at);
    add('import', dotted, tokens[at] as PythonToken);
    const hasAlias = tokens[next]?.text === 'as';
    if (hasAlias) aliases.set(tokens[next + 1]?.text ?? '', dotted);
    else aliases.set(dotted.split('.', 1)[0] ?? '', dotted.split('.', 1)[0] ?? '');
    at = hasAlias ? next + 2 : next;
    if (tokens[at]?.text !== ',') return;
    at += 1;
  }
}

function readFromImport(tokens: readonly PythonToken[], from: number, { aliases, stars }: KnownNames, siblings: Set<string>, add: (kind: 'import', dotted: string, token: PythonToken) => void): void {
  let at = from;
  let dots = 0;
  for (; tokens[at]?.text === '.'; at += 1) dots += 1;
  const isNamed = tokens[at]?.kind === 'name' && tokens[at]?.text !== 'import';
  const { dotted: module, next } = isNamed ? dottedName(tokens, at) : { dotted: '', next: at };
  // `raise X from error` has no import behind.
  if (tokens[next]?.text !== 'import') return;
  at = next + 1;
  if (tokens[at]?.text === '*' && dots === 0 && stars.size < MAX_STARS) stars.add(module);
  const isBracketed = tokens[at]?.text === '(';
  if (isBracketed) at += 1;
  while (at < tokens.length) {
    while (isBracketed && tokens[at]?.kind === 'newline') at += 1;
    const name = tokens[at];
    if (name?.kind !== 'name') return;
    const hasAlias = tokens[at + 1]?.text === 'as';
    const bound = (hasAlias ? tokens[at + 2]?.text : name.text) ?? '';
    if (dots > 0) siblings.add(module === '' ? name.text : module);
    else {
      add('import', `${module}.${name.text}`, name);
      aliases.set(bound, `${module}.${name.text}`);
    }
    at += hasAlias ? 3 : 1;
    while (isBracketed && tokens[at]?.kind === 'newline') at += 1;
    if (tokens[at]?.text !== ',') return;
    at += 1;
  }
}
