import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { hasModelKey } from '../formats/model-config/looks-like-model-config.ts';

/** Beyond this a configuration is inspected whatever it holds, rather than read twice. */
const MAX_BYTES = 2 ** 20;

/** An object, a list, or a comment as some programs allow in front: nothing that is a pickle or a program begins so. */
const LIKE_SETTINGS = /^\s*(?:[{[]|\/\/|\/\*|#\s)/;

/**
 * Whether a file named `config.json`, as many programs have one, holds none of the keys of a model's configuration. Looked for in
 * the parsed value, so that no escape hides one. What cannot be read is not of another program: the inspection says why.
 */
export async function isConfigOfOtherProgram(file: string): Promise<boolean> {
  if (path.basename(file).toLowerCase() !== 'config.json') return false;
  try {
    if ((await stat(file)).size > MAX_BYTES) return false;
    const text = await readFile(file, 'utf8');
    if (!LIKE_SETTINGS.test(text)) return false;
    return !hasModelKey(text) && !hasModelKey(plain(text));
  } catch {
    return false;
  }
}

/** The text without escapes in its keys; as it is where it is no JSON. */
function plain(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
