import { readFileSync } from 'node:fs';
import path from 'node:path';

const FORMATS = path.resolve(import.meta.dirname, '../../fixtures/formats');

export interface FormatFixtures {
  /** File and what the generator's outside reference says of it. */
  readonly accept: readonly { readonly name: string; readonly bytes: Buffer; readonly names: readonly string[] }[];
  readonly reject: readonly { readonly name: string; readonly bytes: Buffer; readonly code: string }[];
}

/** The files of one format beside what `fixtures/generate/pickles.py` expects of them. */
export function formatFixtures(format: string): FormatFixtures {
  const read = (side: string, name: string): Buffer => readFileSync(path.join(FORMATS, format, side, name));
  const expected = JSON.parse(readFileSync(path.join(FORMATS, format, 'expected.json'), 'utf8')) as { accept: Record<string, string[]>; reject: Record<string, string> };
  return {
    accept: Object.entries(expected.accept).map(([name, names]) => ({ name, bytes: read('accept', name), names })),
    reject: Object.entries(expected.reject).map(([name, code]) => ({ name, bytes: read('reject', name), code })),
  };
}
