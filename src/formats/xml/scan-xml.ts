import { GateError } from '../../errors.ts';

export type XmlPart =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string>; readonly isEmpty: boolean; readonly at: number }
  | { readonly kind: 'close'; readonly name: string; readonly at: number }
  | { readonly kind: 'text'; readonly text: string; readonly at: number }
  | { readonly kind: 'instruction'; readonly text: string; readonly at: number }
  /** As written; nothing in it is followed. */
  | { readonly kind: 'doctype'; readonly text: string; readonly at: number };

/** No format of models nests a tenth as deep, but decision trees do: one level a split (CWE-674). */
const MAX_DEPTH = 10_000;
/** Attributes of one element; the most that a format has is some twenty. */
const MAX_ATTRIBUTES = 1_000;

const NAME = /[^\s/>=<"'&]+/y;
const SPACE = /\s+/y;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const REFERENCE = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(\w{1,40}));/g;

/**
 * An XML text part by part, in order, without a parser's dangers: no entity but the five of XML is replaced, no document type is followed,
 * nothing is opened. Throws `format/malformed` with the offset in characters where elements do not end or do not match.
 */
export function* scanXml(text: string): Generator<XmlPart> {
  const open: string[] = [];
  let at = 0;
  const fail = (message: string, offset = at): GateError => new GateError({ code: 'format/malformed', message: `${message} (character ${String(offset)})`, where: { offset } });
  const until = (end: string, from: number): number => {
    const found = text.indexOf(end, from);
    if (found < 0) throw fail(`There is no ${JSON.stringify(end)} to what begins here.`);
    return found;
  };
  while (at < text.length) {
    const next = text.indexOf('<', at);
    const words = text.slice(at, next < 0 ? text.length : next);
    if (words.trim() !== '') {
      if (open.length === 0) throw fail('There is text outside of the root element.');
      yield { kind: 'text', text: resolved(words), at };
    }
    if (next < 0) break;
    at = next;
    if (text.startsWith('<!--', at)) at = until('-->', at + 4) + 3;
    else if (text.startsWith('<![CDATA[', at)) {
      const end = until(']]>', at);
      yield { kind: 'text', text: text.slice(at + 9, end), at };
      at = end + 3;
    } else if (text.startsWith('<?', at)) {
      const end = until('?>', at);
      yield { kind: 'instruction', text: text.slice(at + 2, end), at };
      at = end + 2;
    } else if (text.startsWith('<!', at)) {
      const end = endOfDoctype(text, at);
      if (end === undefined) throw fail('The document type does not end.');
      yield { kind: 'doctype', text: text.slice(at, end), at };
      at = end;
    } else if (text[at + 1] === '/') {
      const end = until('>', at);
      const name = text.slice(at + 2, end).trim();
      if (open.pop() !== name) throw fail(`The element ${JSON.stringify(name.slice(0, 80))} ends where it did not begin.`);
      yield { kind: 'close', name, at };
      at = end + 1;
    } else {
      const element = readElement();
      yield element;
      if (!element.isEmpty) open.push(element.name);
      if (open.length > MAX_DEPTH) throw new GateError({ code: 'format/limit-exceeded', message: `Elements are nested more than ${String(MAX_DEPTH)} deep.`, where: { offset: at } });
    }
  }
  if (open.length > 0) throw new GateError({ code: 'format/truncated', message: `The element ${JSON.stringify((open.at(-1) ?? '').slice(0, 80))} does not end.`, where: { offset: text.length } });

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  }

  function readElement(): XmlPart & { readonly kind: 'open' } {
    const from = at;
    at += 1;
    const name = take(NAME);
    if (name === undefined) throw fail('There is no name where an element begins.', from);
    const attributes = new Map<string, string>();
    for (;;) {
      take(SPACE);
      if (text.startsWith('/>', at)) {
        at += 2;
        return { kind: 'open', name, attributes, isEmpty: true, at: from };
      }
      if (text[at] === '>') {
        at += 1;
        return { kind: 'open', name, attributes, isEmpty: false, at: from };
      }
      const key = take(NAME);
      take(SPACE);
      if (key === undefined || text[at] !== '=') throw fail('There is something else where an attribute is expected.');
      at += 1;
      take(SPACE);
      const quote = text[at];
      if (quote !== '"' && quote !== "'") throw fail('An attribute has a value without quotes.');
      const end = until(quote, at + 1);
      if (attributes.has(key)) throw fail(`The element has the attribute ${JSON.stringify(key.slice(0, 80))} twice.`);
      if (attributes.size >= MAX_ATTRIBUTES) throw new GateError({ code: 'format/limit-exceeded', message: `An element has more than ${String(MAX_ATTRIBUTES)} attributes.`, where: { offset: at } });
      attributes.set(key, resolved(text.slice(at + 1, end)));
      at = end + 1;
    }
  }
}

/** Behind the `>` that ends a document type, whose inner part in brackets holds declarations with a `>` of their own. */
function endOfDoctype(text: string, from: number): number | undefined {
  let depth = 0;
  let quote: string | undefined;
  for (let at = from + 2; at < text.length; at += 1) {
    const character = text[at];
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '<') depth += 1;
    else if (character === '[') depth += 1;
    else if (character === ']') depth -= 1;
    else if (character === '>') {
      if (depth === 0) return at + 1;
      depth -= 1;
    }
  }
  return undefined;
}

/** Entities of a document type of its own stay as they are written. */
function resolved(text: string): string {
  return text.includes('&') ? text.replace(REFERENCE, (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = parseInt(hex ?? decimal ?? '0', hex === undefined ? 10 : 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  }) : text;
}
