/**
 * Every string of a report may have been chosen by an attacker: file names, tensor names, class names, error texts.
 * These functions are the only way such a string gets into a document.
 */

/** Longest name (path, tensor, rule) shown; longer ones keep head and tail and say how long they are. */
export const MAX_NAME_CHARACTERS = 200;
/** Longest sentence shown: about twenty lines, more than any message of ours. */
export const MAX_TEXT_CHARACTERS = 2_000;

/**
 * Characters that move the cursor, reorder, hide or imitate: controls, format characters (bidi overrides, zero-width),
 * lone surrogates, line and paragraph separators, fillers that show nothing, and every space but the plain one.
 */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]|(?! )\p{Zs}/gu;
/** More marks than any script stacks on one letter draw over neighbouring lines. */
const STACKED_MARKS = /(\p{M}{4})(\p{M}+)/gu;

/** Keeps head and tail and says how long the whole was; the same string when it is short enough. */
export function shortenMiddle(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const note = `…(${groupDigits(text.length)} characters)…`;
  const kept = Math.max(2, maxCharacters - note.length);
  const head = Math.ceil(kept / 2);
  const tail = kept - head;
  return withoutCutPair(text.slice(0, head), 'end') + note + withoutCutPair(text.slice(text.length - tail), 'start');
}

/** A cut through an astral character would leave half of it, which reads as an odd character of the name. */
function withoutCutPair(text: string, side: 'start' | 'end'): string {
  if (side === 'end') return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
  return /^[\udc00-\udfff]/.test(text) ? text.slice(1) : text;
}

/**
 * One line in which everything can be seen: odd characters become `<U+202E>`, long text is shortened in the middle.
 * `##[` is broken too, because the Actions runner obeys it anywhere in a line of output.
 */
export function visible(text: string, maxCharacters = MAX_TEXT_CHARACTERS): string {
  const short = shortenMiddle(text, maxCharacters);
  // Nearly every string is printable ASCII, and a report may hold many thousands.
  const shown = /^[ -~]*$/.test(short) ? short : short.replace(INVISIBLE, codePointName).replace(STACKED_MARKS, nameMarks);
  return shown.replaceAll('##[', '##<U+005B>');
}

function nameMarks(_: string, kept: string, stacked: string): string {
  return kept + [...stacked].map(codePointName).join('');
}

function codePointName(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `<U+${hex}>`;
}

/** For a terminal: no control sequence, no line break, no reordering survives. */
export function escapeTerminal(text: string, maxCharacters = MAX_TEXT_CHARACTERS): string {
  return visible(text, maxCharacters);
}

export function escapeHtml(text: string, maxCharacters = MAX_TEXT_CHARACTERS): string {
  return visible(text, maxCharacters).replace(/[&<>"'`=]/g, entity);
}

function entity(character: string): string {
  const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return named[character] ?? `&#${String(character.codePointAt(0) ?? 0)};`;
}

/** Breaks what GitHub finds in rendered text (mentions, references, links, emoji names); invisible to the reader. */
const BREAK = '&#8203;';

/**
 * Prose for GitHub's Markdown, good inside a table cell, a list item and an HTML block alike: entities instead of
 * backslashes, because a backslash before a pipe means different things in different parsers.
 */
export function escapeMarkdown(text: string, maxCharacters = MAX_TEXT_CHARACTERS): string {
  return visible(text, maxCharacters)
    .replace(/[&<>"'`*[\]|\\~$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (character) =>
      // GitHub reads $…$ as mathematics, in which text can be hidden; a span of its own is the documented way out.
      character === '$' ? '<span>$</span>' : character === "'" || character === '"' ? character : entity(character))
    .replace(/@/g, `@${BREAK}`)
    .replace(/(?<!&)#/g, `&#35;${BREAK}`)
    .replace(/:(?=\/\/|[a-z0-9_+-]+:)/gi, `:${BREAK}`)
    .replace(/(www\.|\bgh-(?=\d))/gi, `$1${BREAK}`)
    .replace(/^[-+=]|^\d+(?=[.)])/, (start) => `${BREAK}${start}`);
}

/** A name as code: nothing in it is a link, a mention or markup. Good inside a table cell, not inside an HTML block. */
export function markdownCode(text: string, maxCharacters = MAX_NAME_CHARACTERS): string {
  const shown = visible(text, maxCharacters);
  return /^[\w./+,=-]+$/.test(shown) ? `\`${shown}\`` : htmlCode(text, maxCharacters);
}

/** The same where Markdown is not read: in a `<summary>`. Every mark of Markdown is an entity, so it is good everywhere. */
export function htmlCode(text: string, maxCharacters = MAX_NAME_CHARACTERS): string {
  const shown = visible(text, maxCharacters)
    .replace(/[!-*:-@[-`{-~]/g, entity)
    .replace(/www\./gi, (start) => `${start.slice(0, -1)}&#46;`);
  return `<code>${shown === '' ? '(empty)' : shown}</code>`;
}

/** Exactly as @actions/core writes the message of a workflow command. */
export function escapeCommandData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

/** Exactly as @actions/core writes a property of a workflow command. */
export function escapeCommandProperty(text: string): string {
  return escapeCommandData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}

/** Lossless: a JSON text with odd characters written as `\uXXXX`, so that the file is safe to print. */
export function escapeJson(json: string): string {
  return json
    .replace(INVISIBLE, (character) => (character === '\n' ? character : jsonUnits(character)))
    .replaceAll('##[', '##\\u005b');
}

function jsonUnits(character: string): string {
  return character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Plain text of a SARIF message: without its own link syntax (`[x](y)`) and places (`{0}`). */
export function escapeSarif(text: string, maxCharacters = MAX_TEXT_CHARACTERS): string {
  return visible(text, maxCharacters).replaceAll('](', '] (').replace(/\{(\d+)\}/g, '{ $1 }');
}

/** A path as a relative URI reference: every segment percent-encoded, lone surrogates as U+FFFD. */
export function encodePath(path: string): string {
  return path
    .replace(/\p{Cs}/gu, '\ufffd')
    .split('/')
    .map((segment) => encodeURIComponent(segment).replace(/[!'()*]/g, percentEncode))
    .join('/');
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** `1234567` as `1,234,567`, whatever the machine's language. */
export function groupDigits(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
}
