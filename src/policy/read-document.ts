import { LineCounter, parseDocument } from 'yaml';
import { documentError, type Problem } from './document-error.ts';
import { convert, placeKey } from './read-document/convert.ts';
import type { Position } from './read-document/position.ts';

/** A policy is written by people: the longest we have seen has 8 KiB. Keeps every later step short (CWE-400). */
export const MAX_DOCUMENT_CHARACTERS = 256 * 1024;

/** Member names and list indexes from the root to a value. */
export type DocumentPath = readonly (string | number)[];

/** A YAML or JSON document as a plain value that knows where everything stands in the text. */
export interface PolicyText {
  /** What errors call the file. */
  readonly file: string;
  readonly value: unknown;
  /** Line and column, both from 1, of a value or of its key; of what holds it when it does not exist. */
  positionOf(path: DocumentPath, part: 'key' | 'value'): Position;
}

/**
 * Reads YAML 1.2 or JSON with nothing that could surprise: no tags, no merge keys, no complex keys, one document,
 * every key once, bounded size, depth and aliases. Throws `policy/invalid` that lists everything wrong with the text.
 */
export function readDocument(text: string, file: string): PolicyText {
  const start = { line: 1, column: 1 };
  if (text.length > MAX_DOCUMENT_CHARACTERS) {
    throw documentError([{ ...start, path: [], message: `The file is longer than ${MAX_DOCUMENT_CHARACTERS} characters.` }], file);
  }
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // Duplicate keys are looked for in convert(): the parser compares every key with every other one (CWE-407).
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    stringKeys: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const syntax = [...document.errors, ...document.warnings].map((one): Problem => ({ ...at(one.pos[0]), path: [], message: sentence(one.code, one.message) }));
  if (syntax.length > 0) throw documentError(syntax, file);
  if (document.contents === null) throw documentError([{ ...start, path: [], message: 'The file is empty.' }], file);

  const { value, places, problems } = convert(document);
  if (problems.length > 0) throw documentError(problems.map(({ offset, ...rest }) => ({ ...at(offset), ...rest })), file);
  return {
    file,
    value,
    positionOf: (path, part) => {
      for (let length = path.length; length >= 0; length -= 1) {
        const place = places.get(placeKey(path.slice(0, length)));
        // What does not exist is missing from what would hold it.
        if (place !== undefined) return at(length === path.length && part === 'key' ? place.key : place.value);
      }
      return start;
    },
  };
}

const SENTENCES: Readonly<Record<string, string>> = {
  NON_STRING_KEY: 'A key has to be a plain text.',
  MULTIPLE_DOCS: 'The file holds more than one document ("---").',
  TAG_RESOLVE_FAILED: 'Tags ("!…") are not used here.',
};

function sentence(code: string, message: string): string {
  return SENTENCES[code] ?? `The file is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}.`;
}
