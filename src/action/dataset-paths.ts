import path from 'node:path';
import { isInside } from '../artifacts/is-inside.ts';
import { GateError } from '../errors.ts';
import { existingPath } from './existing-path.ts';
import { realPathOf } from './real-path-of.ts';

/** The input `dataset` as paths relative to the working directory, with `/`. Throws `arguments/invalid` for what is not there or lies outside, also by a link. */
export async function datasetPaths(given: readonly string[], root: string): Promise<readonly string[]> {
  return Promise.all(
    given.map(async (one) => {
      const full = await existingPath('dataset', one, root);
      const real = await realPathOf(full);
      if (!isInside(root, full) || !isInside(root, real)) {
        throw new GateError({
          code: 'arguments/invalid',
          message: `The input \`dataset\` names "${one}"; allowed are folders and files below the working directory.`,
          where: { field: 'dataset' },
          nextStep: 'Download the data to a folder of the workspace, and name that one.',
        });
      }
      return path.relative(root, full).split(path.sep).join('/') || '.';
    }),
  );
}
