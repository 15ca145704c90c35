import { readFileSync } from 'node:fs';
import path from 'node:path';

const FORMATS = path.resolve(import.meta.dirname, '../../fixtures/formats');

export interface TextFixture {
  readonly name: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly outcome: string | null;
  readonly messages: readonly string[];
}

/** The texts of one format beside what `fixtures/generate/chat-templates.py` expects of them. */
export function textFixtures(format: string, side: 'accept' | 'reject'): readonly TextFixture[] {
  const expected = JSON.parse(readFileSync(path.join(FORMATS, format, 'expected.json'), 'utf8')) as Record<string, { outcome: string | null; messages: string[] }>;
  return Object.entries(expected).filter(([name]) => name.startsWith(`${side}/`)).map(([name, rest]) => {
    const file = path.join(FORMATS, format, name);
    return { name: path.basename(name), file, bytes: new Uint8Array(readFileSync(file)), ...rest };
  });
}
