import { unescapeString } from '../jinja/unescape-string.ts';
import { dottedName, isPartOf } from './dotted-name.ts';
import type { PythonToken } from './tokenize-python.ts';

/** What imports bind. */
export interface KnownNames {
  /** The full name that each name stands for. */
  readonly aliases: Map<string, string>;
  /** Modules of which everything was imported. */
  readonly stars: Set<string>;
}

export interface Primary {
  readonly dotted: string;
  /** Index of the token behind it. */
  readonly next: number;
}

/** Functions that are everywhere without an import, and that run or reach what they are given. */
const BUILT_IN: ReadonlySet<string> = new Set(['eval', 'exec', 'compile', '__import__', 'execfile', 'open', 'getattr', 'globals', 'locals', 'vars']);
/** Of these the ones whose mention alone says that they are to be called; the others are words like any. */
const MENTIONED: ReadonlySet<string> = new Set(['eval', 'exec', '__import__']);
/** Functions that give the module of the name they are given. */
const IMPORTERS: ReadonlySet<string> = new Set(['builtins.__import__', 'importlib.import_module', 'importlib.__import__']);
/** Brackets around a name, and getattr of getattr: what is deeper nobody writes (CWE-674). */
const MAX_DEPTH = 8;

/** Binds plain assignments, `o = os` and `run = os.system`, as an import with another name does. */
export function readAliases(tokens: readonly PythonToken[], aliases: Map<string, string>): void {
  for (const [index, token] of tokens.entries()) {
    const isAssigned = token.kind === 'name' && tokens[index + 1]?.text === '=' && tokens[index + 2]?.text !== '=';
    if (!isAssigned || isPartOf(tokens[index - 1]) || aliases.has(token.text) || !isStatementStart(tokens[index - 1])) continue;
    const value = tokens[index + 2];
    if (value?.kind !== 'name') continue;
    const resolved = primaryAt(tokens, index + 2, { aliases, stars: new Set() });
    const behind = tokens[resolved?.next ?? 0];
    if (resolved !== undefined && (behind === undefined || behind.kind === 'newline' || behind.text === ';')) aliases.set(token.text, resolved.dotted);
  }
}

const isStatementStart = (before: PythonToken | undefined): boolean => before === undefined || before.kind === 'newline' || before.text === ';' || before.text === ':';

/**
 * The full name of the expression that begins at `from`, where imports and built-in functions tell it: a name with its attributes, also
 * taken by `getattr`, `vars`, `__dict__`, `sys.modules` or an import function under a constant text. Undefined for anything else.
 */
export function primaryAt(tokens: readonly PythonToken[], from: number, names: KnownNames, depth = 0): Primary | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const token = tokens[from];
  if (token?.text === '(' && token.kind === 'operator') {
    const inner = primaryAt(tokens, from + 1, names, depth + 1);
    return inner !== undefined && tokens[inner.next]?.text === ')' ? withSuffixes(tokens, { dotted: inner.dotted, next: inner.next + 1 }, names, depth) : undefined;
  }
  if (token?.kind !== 'name') return undefined;
  const { dotted, next } = dottedName(tokens, from);
  const [first = '', ...rest] = dotted.split('.');
  const imported = names.aliases.get(first);
  if (imported !== undefined) return withSuffixes(tokens, { dotted: [imported, ...rest].join('.'), next }, names, depth);
  if (first === 'builtins' || first === '__builtins__') return withSuffixes(tokens, { dotted: ['builtins', ...rest].join('.'), next }, names, depth);
  if (rest.length > 0 || !BUILT_IN.has(first)) return undefined;
  if (tokens[next]?.text === '(') return withSuffixes(tokens, { dotted: `builtins.${first}`, next }, names, depth);
  const behind = tokens[next];
  const isHandedOn = behind === undefined || behind.kind === 'newline' || [')', ',', ']', ';'].includes(behind.text);
  return MENTIONED.has(first) && isHandedOn && ['=', '(', ',', '['].includes(tokens[from - 1]?.text ?? '') && !isBound(tokens, first) ? { dotted: `builtins.${first}`, next } : undefined;
}

/** Whether the file gives the word another meaning anywhere: a parameter, a variable, a function. */
function isBound(tokens: readonly PythonToken[], word: string): boolean {
  return tokens.some(({ kind, text }, index) => kind === 'name' && text === word && ((['=', ':'].includes(tokens[index + 1]?.text ?? '') && tokens[index + 2]?.text !== '=') || ['def', 'for', 'as', 'import', 'lambda', 'class'].includes(tokens[index - 1]?.text ?? '')));
}

/** Attributes, elements of name spaces and calls that lead from one name to another. */
function withSuffixes(tokens: readonly PythonToken[], start: Primary, names: KnownNames, depth: number): Primary {
  let { dotted, next } = start;
  for (let steps = 0; steps < MAX_DEPTH; steps += 1) {
    const token = tokens[next];
    if (token?.text === '.' && tokens[next + 1]?.kind === 'name') {
      dotted = `${dotted}.${tokens[next + 1]?.text ?? ''}`;
      next += 2;
    } else if (token?.text === '[' && isNamespace(dotted)) {
      const key = constantAt(tokens, next + 1);
      if (key === undefined || tokens[key.next]?.text !== ']') break;
      dotted = elementOf(dotted, key.text);
      next = key.next + 1;
    } else if (token?.text === '(') {
      const called = calledAt(tokens, next, dotted, names, depth);
      if (called === undefined) break;
      ({ dotted, next } = called);
    } else break;
  }
  return { dotted, next };
}

const isNamespace = (dotted: string): boolean => dotted === 'sys.modules' || dotted === 'builtins' || dotted === 'builtins.globals()' || dotted.endsWith('.__dict__');

function elementOf(dotted: string, key: string): string {
  if (dotted === 'sys.modules') return key;
  if (dotted === 'builtins.globals()') return key === '__builtins__' ? 'builtins' : key;
  return `${dotted.replace(/\.__dict__$/, '')}.${key}`;
}

/** What a call gives that is a name itself: a module, an attribute, the names of something. */
function calledAt(tokens: readonly PythonToken[], open: number, dotted: string, names: KnownNames, depth: number): Primary | undefined {
  if (IMPORTERS.has(dotted)) {
    const name = constantAt(tokens, open + 1);
    return name !== undefined && tokens[name.next]?.text === ')' ? { dotted: name.text, next: name.next + 1 } : undefined;
  }
  if (dotted === 'builtins.globals' || dotted === 'builtins.locals') return tokens[open + 1]?.text === ')' ? { dotted: 'builtins.globals()', next: open + 2 } : undefined;
  if (dotted !== 'builtins.getattr' && dotted !== 'builtins.vars') return undefined;
  const of = primaryAt(tokens, open + 1, names, depth + 1);
  if (of === undefined) return undefined;
  if (dotted === 'builtins.vars') return tokens[of.next]?.text === ')' ? { dotted: `${of.dotted}.__dict__`, next: of.next + 1 } : undefined;
  const attribute = tokens[of.next]?.text === ',' ? constantAt(tokens, of.next + 1) : undefined;
  return attribute !== undefined && tokens[attribute.next]?.text === ')' ? { dotted: `${of.dotted}.${attribute.text}`, next: attribute.next + 1 } : undefined;
}

/** Constants side by side, or with `+` between. */
function constantAt(tokens: readonly PythonToken[], from: number): { readonly text: string; readonly next: number } | undefined {
  if (tokens[from]?.kind !== 'string') return undefined;
  let text = '';
  let next = from;
  while (tokens[next]?.kind === 'string') {
    text += unescapeString(tokens[next]?.text ?? '');
    next += 1;
    if (tokens[next]?.text === '+' && tokens[next + 1]?.kind === 'string') next += 1;
  }
  return { text, next };
}
