import type { ByteRange } from '../../artifacts/byte-source.ts';
import { GateError } from '../../errors.ts';
import type { CodeAction, CodeProgram, UnexaminedPart } from '../../model/code.ts';
import { builtNames, textsOfBlocks } from './built-names.ts';
import { definedNames } from './defined-names.ts';
import { matchingBracket } from './matching-bracket.ts';
import { foldStrings } from './fold-strings.ts';
import { tokenize, type Token } from './tokenize.ts';

export interface Template {
  readonly text: string;
  /** A noun phrase. */
  readonly place: string;
  /** Of the artifact: the template itself, or the value that holds it. */
  readonly range: ByteRange;
  /** Offset in the artifact of a character of the template; absent where escapes lie between. */
  readonly offsetOf?: (at: number) => number;
}

/** Different actions of one template; the largest published one has 200. */
const MAX_ACTIONS = 10_000;
/** Characters of source that an action shows, before and behind its place. */
const BEFORE = 40;
const BEHIND = 80;

/** Characters of a constant that may be a name, or a part of one. */
const MAX_CONSTANT = 64;

const KEYWORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else', 'elif', 'true', 'false', 'none', 'True', 'False', 'None', 'recursive', 'with', 'without', 'context', 'ignore', 'missing', 'as']);
/** Objects that Jinja itself gives to every template. */
const BUILT_IN: ReadonlySet<string> = new Set(['lipsum', 'cycler', 'joiner', 'namespace', 'range', 'dict']);

/**
 * What rendering a Jinja template names: attributes, methods, functions, filters, tests, statements, and names that it puts
 * together first. Targets are `jinja.attribute` `role`, `jinja.filter` `tojson` and so on. A template that Jinja would refuse
 * is an unexamined part: other engines may take it.
 */
export function readTemplate({ text, place, range, offsetOf }: Template): { readonly program?: CodeProgram; readonly unexamined: readonly UnexaminedPart[] } {
  let tokens: readonly Token[];
  try {
    tokens = tokenize(text);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    return { unexamined: [{ range, reason: `The template in ${place} cannot be divided into its parts: ${error.message}` }] };
  }
  const actions = new Map<string, CodeAction>();
  const add = (kind: CodeAction['kind'], via: string, target: CodeAction['target'], at: number): void => {
    const key = JSON.stringify([kind, via, target]);
    const known = actions.get(key);
    if (known !== undefined) actions.set(key, { ...known, count: known.count + 1 });
    else if (actions.size < MAX_ACTIONS) actions.set(key, { kind, via, target, count: 1, offset: offsetOf?.(at) ?? range.offset, text: excerpt(text, at) });
  };
  const defined = definedNames(tokens);
  const built = builtNames(tokens);
  let from = 0;
  for (const [index, { kind }] of tokens.entries()) {
    if (kind === 'begin') from = index;
    if (kind === 'end') readPart(tokens.slice(from + 1, index), tokens[from]?.text === '{%', { defined, built }, add);
  }
  // What a block of text is called by later is a text put together, like any other.
  for (const part of textsOfBlocks(tokens, text)) if (part.text.length <= MAX_CONSTANT) add('import', 'built constant', named('constant', part.text), part.at);
  const unexamined = actions.size < MAX_ACTIONS ? [] : [{ range, reason: `The template in ${place} names more than ${String(MAX_ACTIONS)} different things` }];
  return { program: { language: 'jinja', place, range, runs: 'load', actions: [...actions.values()], irregularities: [] }, unexamined };
}

type Add = (kind: CodeAction['kind'], via: string, target: CodeAction['target'], at: number) => void;

const named = (what: string, name: string): CodeAction['target'] => ({ kind: 'name', module: `jinja.${what}`, name });

interface Names {
  /** {@link definedNames} */
  readonly defined: ReadonlySet<string>;
  /** {@link builtNames} */
  readonly built: ReadonlySet<string>;
}

/** One expression or statement. */
function readPart(tokens: readonly Token[], isStatement: boolean, names: Names, add: Add): void {
  const [tag] = tokens;
  if (isStatement && tag !== undefined) add('import', 'statement', named('statement', tag.text), tag.at);
  for (let index = isStatement ? 1 : 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) return;
    if (token.kind === 'string') {
      const { value, next } = foldStrings(tokens, index);
      if (value.length <= MAX_CONSTANT) add('import', isBuiltOn(tokens[index - 1], tokens[next]) ? 'built constant' : 'constant', named('constant', value), token.at);
      else if (value.includes('__')) add('import', 'constant', named('constant', partWithUnderscores(value)), token.at);
      index = next - 1;
    } else if (token.text === '[' && isOperand(tokens[index - 1])) readSubscript(tokens, index, names.built, add);
    else if (token.kind === 'name') readName(tokens, index, names.defined, add);
    else if (isEndless(tokens, index)) add('call', 'operator', named('operator', excerptOf(tokens, index)), token.at);
  }
}

function readName(tokens: readonly Token[], index: number, defined: ReadonlySet<string>, add: Add): void {
  const { text, at } = tokens[index] as Token;
  const before = tokens[index - 1];
  const behind = tokens[index + 1];
  const isCalled = behind?.text === '(';
  if (before?.text === '.' && before.kind === 'operator') {
    if (isCalled) add('call', 'method', named('method', text), at);
    else add('import', 'attribute', named('attribute', text), at);
    return;
  }
  // {% filter name %} … {% endfilter %} is the same as a bar in front of the name.
  const isFilterBlock = index === 1 && before?.kind === 'name' && before.text === 'filter';
  if (isFilterBlock || (before?.text === '|' && before.kind === 'operator')) {
    add('call', 'filter', named('filter', text), at);
    if (text === 'attr' && isCalled) readAttrFilter(tokens, index + 1, add);
    else if (isCalled) readAttributeArguments(tokens, index + 1, add);
    return;
  }
  const isTested = before?.kind === 'name' && (before.text === 'is' || (before.text === 'not' && tokens[index - 2]?.text === 'is'));
  if (isTested) {
    if (text !== 'not') add('call', 'test', named('test', text), at);
    return;
  }
  if (KEYWORDS.has(text)) return;
  // {% macro name(...) %} defines a function and calls none.
  const isMacro = before?.kind === 'name' && before.text === 'macro';
  if (isCalled && !isMacro && !defined.has(text)) add('call', 'function', named('function', text), at);
  // dict(__cla=1, ss__=2) | join makes a text of the names.
  if (behind?.text === '=' && (before?.text === '(' || before?.text === ',')) add('import', 'constant', named('constant', text), at);
  if (BUILT_IN.has(text) && ['.', '[', '|'].includes(behind?.text ?? '') && !(defined.has(text) && text !== 'lipsum')) add('import', 'built-in', named('built-in', text), at);
}

/** `x[...]`: a constant is an attribute; what is put together from texts is computed; numbers, variables and slices are ordinary. */
function readSubscript(tokens: readonly Token[], open: number, built: ReadonlySet<string>, add: Add): void {
  const close = matchingBracket(tokens, open);
  const inner = tokens.slice(open + 1, close);
  const [first] = inner;
  if (first === undefined) return;
  const folded = first.kind === 'string' ? foldStrings(inner, 0) : undefined;
  if (folded !== undefined && folded.next === inner.length) {
    add('import', 'subscript', named('attribute', folded.value), first.at);
    return;
  }
  let depth = 0;
  const top = inner.filter((token) => {
    if ('([{'.includes(token.text) && token.kind === 'operator') depth += 1;
    const isTop = depth === 0;
    if (')]}'.includes(token.text) && token.kind === 'operator') depth -= 1;
    return isTop;
  });
  const operators = top.filter(({ kind }) => kind === 'operator').map(({ text }) => text);
  const builds = operators.includes('~') || (top.some(({ kind }) => kind === 'string') && ['+', '%', '*', '|', '.'].some((one) => operators.includes(one)));
  if (top.some(({ kind, text }, at) => kind === 'name' && ((built.has(text) && inner[at - 1]?.text !== '.') || text === 'join' || text === 'replace'))) add('import', 'built subscript', { kind: 'computed', text: textOf(inner) }, first.at);
  if (builds || inner.some(({ kind, text }) => kind === 'name' && (text === 'join' || text === 'format'))) add('import', 'subscript', { kind: 'computed', text: textOf(inner) }, first.at);
}

/** `x|attr(...)` takes an attribute of the object itself, which `x.name` and `x[name]` do only as a last resort. */
function readAttrFilter(tokens: readonly Token[], open: number, add: Add): void {
  const inner = tokens.slice(open + 1, matchingBracket(tokens, open));
  const [first] = inner;
  if (first === undefined) return;
  const folded = first.kind === 'string' ? foldStrings(inner, 0) : undefined;
  if (folded?.next === inner.length) add('import', 'attr filter', named('attribute', folded.value), first.at);
  else add('import', 'attr filter', { kind: 'computed', text: textOf(inner) }, first.at);
}

/** `map(attribute=...)` and `map('attr', ...)` take attributes of each element; a constant is told as every other constant is. */
function readAttributeArguments(tokens: readonly Token[], open: number, add: Add): void {
  const inner = tokens.slice(open + 1, matchingBracket(tokens, open));
  const [first, second] = inner;
  const from = first?.kind === 'string' && first.text === 'attr' && second?.text === ',' ? 2 : inner.findIndex((token, index) => token.kind === 'name' && token.text === 'attribute' && inner[index + 1]?.text === '=') + 2;
  const value = from < 2 || inner[from] === undefined ? [] : inner.slice(from);
  const [start] = value;
  if (start === undefined || (start.kind === 'string' && foldStrings(value, 0).next === value.length)) return;
  add('import', first?.text === 'attr' ? 'attr filter' : 'subscript', { kind: 'computed', text: textOf(value) }, start.at);
}

/** Numbers beyond any loop or repetition that a conversation needs. */
const MAX_NUMBER = 1e7;

/** A power, or a number so large that counting to it, or repeating a text so often, does not end. */
function isEndless(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token?.kind === 'operator') return token.text === '**';
  return token?.kind === 'number' && Number(token.text.replaceAll('_', '')) >= MAX_NUMBER;
}

function excerptOf(tokens: readonly Token[], index: number): string {
  return textOf(tokens.slice(Math.max(0, index - 1), index + 2));
}

/** Whether something else is made of a constant: texts put together, replaced in, cut. */
function isBuiltOn(before: Token | undefined, behind: Token | undefined): boolean {
  const joins = (token: Token | undefined): boolean => token?.kind === 'operator' && ['~', '+', '%', '*'].includes(token.text);
  return joins(before) || joins(behind) || (behind?.kind === 'operator' && ['.', '|', '['].includes(behind.text));
}

/** Of a long text what is around its first two underscores. */
function partWithUnderscores(text: string): string {
  const at = text.search(/__\w+__/);
  return text.slice(Math.max(0, at), Math.max(0, at) + MAX_CONSTANT);
}

function isOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'name') return !KEYWORDS.has(token.text);
  return token.kind === 'string' || (token.kind === 'operator' && ')]}'.includes(token.text));
}

function textOf(tokens: readonly Token[]): string {
  return tokens.slice(0, BEHIND).map(({ kind, text }) => (kind === 'string' ? JSON.stringify(text) : text)).join(' ').slice(0, BEHIND);
}

function excerpt(text: string, at: number): string {
  const from = Math.max(0, at - BEFORE);
  const line = text.slice(from, at + BEHIND).replace(/\s+/g, ' ').trim();
  return `${from > 0 ? '…' : ''}${line}${at + BEHIND < text.length ? '…' : ''}`;
}
