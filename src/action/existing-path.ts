import { stat } from 'node:fs/promises';
import path from 'node:path';
import { GateError } from '../errors.ts';

/** The absolute path that an input names; undefined where it names none. Throws `arguments/invalid` when nothing is there. */
export async function existingPath<Given extends string | undefined>(input: 'samples' | 'baseline' | 'dataset', given: Given, root: string): Promise<Given | string> {
  if (given === undefined) return given;
  const full = path.resolve(root, given);
  if ((await stat(full).catch(() => undefined)) !== undefined) return full;
  throw new GateError({
    code: 'arguments/invalid',
    message: `The input \`${input}\` names "${given}"; there is no such file or folder.`,
    where: { field: input },
    nextStep: 'Give a path relative to working-directory; with Git LFS, check out with "lfs: true".',
  });
}
