import { atMost } from '../../artifacts/at-most.ts';
import { MAX_PSEUDO_CODE_CHARACTERS, MAX_PSEUDO_CODE_DEPTH } from './pickle-limits.ts';
import type { Literal } from './literals.ts';
import { isAtom, type ContainerValue, type Value } from './values.ts';

/** The literal an atom stands for, where it is at hand. */
export type LiteralOf = (atom: number) => Literal | undefined;

/** Elements of a container that are written out. */
const SHOWN_ITEMS = 6;
/** Characters of a text that are written out: enough for a command or an address. */
const SHOWN_CHARACTERS = 80;

/** A value as pseudo-Python of bounded length. Nothing of it is meant to be run. */
export function expressionOf(value: Value, literalOf: LiteralOf, depth = 0): string {
  if (isAtom(value)) return literalText(literalOf(value));
  if (depth >= MAX_PSEUDO_CODE_DEPTH) return '…';
  switch (value.kind) {
    case 'name':
      return printable(value.fact.dotted);
    case 'constant':
      return quoted(value.text);
    case 'module':
      return printable(value.name);
    case 'opaque':
      return `<${printable(value.what)}>`;
    case 'persistent':
      return `persistent_load(${expressionOf(value.id, literalOf, depth + 1)})`;
    case 'call':
      return `${expressionOf(value.callee, literalOf, depth + 1)}${argumentsOf(value.arguments, literalOf, depth + 1)}`;
    default:
      return containerText(value, literalOf, depth + 1);
  }
}

/** `(a, b)` of a tuple of arguments; `(*x)` where the arguments are something else. */
export function argumentsOf(value: Value, literalOf: LiteralOf, depth = 0): string {
  if (!isAtom(value) && value.kind === 'tuple') return bounded(`(${itemsText(value, literalOf, depth)})`);
  return bounded(`(*${expressionOf(value, literalOf, depth)})`);
}

function containerText(value: ContainerValue, literalOf: LiteralOf, depth: number): string {
  const items = value.kind === 'dict' ? pairsText(value, literalOf, depth) : itemsText(value, literalOf, depth);
  switch (value.kind) {
    case 'tuple':
      return bounded(value.count === 1 ? `(${items},)` : `(${items})`);
    case 'list':
      return bounded(`[${items}]`);
    case 'frozenset':
      return bounded(`frozenset({${items}})`);
    default:
      return bounded(`{${items}}`);
  }
}

function itemsText(value: ContainerValue, literalOf: LiteralOf, depth: number): string {
  const shown = value.items.slice(0, SHOWN_ITEMS).map((item) => expressionOf(item, literalOf, depth));
  return value.count > shown.length ? [...shown, `… ${String(value.count - shown.length)} more`].join(', ') : shown.join(', ');
}

function pairsText(value: ContainerValue, literalOf: LiteralOf, depth: number): string {
  const pairs: string[] = [];
  for (let at = 0; at + 1 < value.items.length && pairs.length < SHOWN_ITEMS; at += 2) {
    pairs.push(`${expressionOf(value.items[at] as Value, literalOf, depth)}: ${expressionOf(value.items[at + 1] as Value, literalOf, depth)}`);
  }
  const more = Math.ceil(value.count / 2) - pairs.length;
  return more > 0 ? [...pairs, `… ${String(more)} more`].join(', ') : pairs.join(', ');
}

function literalText(literal: Literal | undefined): string {
  switch (literal?.kind) {
    case undefined:
      return '…';
    case 'text':
      return quoted(literal.text);
    case 'bytes':
      return `b${quoted(String.fromCharCode(...atMost(literal.bytes, SHOWN_CHARACTERS + 1)))}`;
    case 'long':
      return `<${literal.what} of ${String(literal.length)} bytes>`;
    case 'number':
      return String(literal.value).slice(0, SHOWN_CHARACTERS);
    case 'boolean':
      return literal.value ? 'True' : 'False';
    case 'none':
      return 'None';
  }
}

function quoted(text: string): string {
  const shown = text.slice(0, SHOWN_CHARACTERS);
  return `'${printable(shown).replaceAll("'", "\\'")}${text.length > shown.length ? '…' : ''}'`;
}

/** Only what prints in one line of ASCII; the rest as escapes. */
export function printable(text: string): string {
  return bounded(text.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

export function bounded(text: string): string {
  return text.length <= MAX_PSEUDO_CODE_CHARACTERS ? text : `${text.slice(0, MAX_PSEUDO_CODE_CHARACTERS - 1)}…`;
}
