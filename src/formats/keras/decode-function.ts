import type { ByteRange } from '../../artifacts/byte-source.ts';
import type { CodeAction, CodeProgram } from '../../model/code.ts';
import { MAX_BYTECODE_BYTES } from './keras-limits.ts';
import { readMarshal } from './read-marshal.ts';

/** Names and texts that the pseudo-code of a function shows. */
const SHOWN = 12;
const SHOWN_CHARACTERS = 80;

export interface FunctionPlace {
  readonly place: string;
  readonly range: ByteRange;
  readonly offset: number;
}

/**
 * A function as the program that it is: what its bytecode names, from base64 of marshalled code. Whatever cannot be taken
 * apart is a program with an irregularity; Python may well run it.
 */
export function decodeFunction(encoded: string, { place, range, offset }: FunctionPlace): CodeProgram {
  const common = { language: 'python-bytecode', place, range, runs: 'load' } as const;
  const unreadable = (message: string): CodeProgram => ({ ...common, actions: [], irregularities: [{ kind: 'unreadable-bytecode', offset, message }] });
  if (encoded.length > MAX_BYTECODE_BYTES * 2) return unreadable(`The function has ${encoded.length} characters, more than are decoded.`);
  // Python's decoder passes over what is not base64.
  const bytes = Buffer.from(encoded.replace(/[^A-Za-z0-9+/=]/g, ''), 'base64');
  const code = readMarshal(bytes);
  if (code === undefined) return unreadable(`The ${bytes.byteLength} bytes of the function are no code object of a known version of Python.`);
  const text = `names: ${shown(code.names)}; texts: ${shown(code.texts.map((one) => JSON.stringify(one.slice(0, SHOWN_CHARACTERS))))} (Python ${code.python})`;
  const actions = code.names.map((name): CodeAction => ({ kind: 'import', via: 'co_names', target: { kind: 'name', module: '', name }, offset, count: 1, text }));
  // A function that names nothing is run all the same.
  const [first, ...rest] = actions;
  return { ...common, actions: first === undefined ? [{ kind: 'import', via: 'code', target: { kind: 'computed', text: 'a function' }, offset, count: 1, text }] : [first, ...rest], irregularities: [] };
}

function shown(items: readonly string[]): string {
  if (items.length === 0) return 'none';
  return `${items.slice(0, SHOWN).join(', ').slice(0, SHOWN * SHOWN_CHARACTERS)}${items.length > SHOWN ? ` and ${items.length - SHOWN} more` : ''}`;
}
