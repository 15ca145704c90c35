import path from 'node:path';
import { isInside } from '../artifacts/is-inside.ts';
import { givenPath } from './given-path.ts';

export interface ScanRoot {
  /** Absolute; artifact paths in the report are relative to it. */
  readonly root: string;
  /** Relative to root, with `/`; `.` is the whole root. */
  readonly paths: readonly string[];
}

/**
 * The current folder is the root. When a path lies outside of it, the root is the deepest folder that holds all of
 * them, so that no reported path starts with `..`.
 */
export async function scanRoot(given: readonly string[], cwd: string): Promise<ScanRoot> {
  const absolute = await Promise.all(
    (given.length === 0 ? ['.'] : given).map(async (one) => {
      const { full, facts } = await givenPath(one, cwd);
      return { full, folder: facts.isDirectory() ? full : path.dirname(full) };
    }),
  );
  const isBelowCwd = absolute.every(({ full }) => isInside(cwd, full));
  const root = isBelowCwd ? cwd : absolute.map(({ folder }) => folder).reduce(commonFolder);
  return { root, paths: absolute.map(({ full }) => path.relative(root, full).split(path.sep).join('/') || '.') };
}

function commonFolder(left: string, right: string): string {
  let folder = left;
  while (!isInside(folder, right)) folder = path.dirname(folder);
  return folder;
}
