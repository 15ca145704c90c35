import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { GateError } from '../errors.ts';

/** A path as the user gave it, made absolute; throws `arguments/invalid` in the user's own words when nothing is there. */
export async function givenPath(given: string, cwd: string): Promise<{ readonly full: string; readonly facts: Stats }> {
  const full = path.resolve(cwd, given);
  const facts = await stat(full).catch(() => undefined);
  if (facts !== undefined) return { full, facts };
  throw new GateError({
    code: 'arguments/invalid',
    message: `There is no file or folder "${given}".`,
    nextStep: 'Check the path; it is taken from the folder the command runs in.',
  });
}
