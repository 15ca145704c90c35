import path from 'node:path';

/**
 * What is wrong with a path in a lockfile, as the end of a sentence; undefined for a good one. Good is: relative, `/`
 * between its parts, no empty part, no `.` or `..`: one spelling a file, and none outside of the lockfile's folder.
 */
export function lockPathProblem(file: string): string | undefined {
  if (file === '') return 'is empty';
  if (file.includes('\0')) return 'holds a NUL character';
  if (file.includes('\\')) return 'holds a backslash; parts are separated by "/"';
  if (file.startsWith('/') || /^[a-z]:/i.test(file)) return 'is absolute; it has to be relative to the lockfile';
  const parts = file.split('/');
  if (parts.includes('..')) return 'leaves the folder of the lockfile';
  if (parts.includes('.') || parts.includes('')) return 'is not in its shortest form ("." or an empty part)';
  return undefined;
}

/**
 * The path by which a lockfile lists an artifact, or undefined when the artifact lies outside of the lockfile's folder
 * and cannot be listed. `root` is absolute; the other two are absolute or relative to it.
 */
export function lockPathOf(place: { readonly root: string; readonly lockfile: string; readonly artifact: string }): string | undefined {
  const folder = path.dirname(path.resolve(place.root, place.lockfile));
  const relative = path.relative(folder, path.resolve(place.root, place.artifact)).split(path.sep).join('/');
  return lockPathProblem(relative) === undefined ? relative : undefined;
}
