import path from 'node:path';

/** Whether an absolute path is a folder or lies below it, by the text of the two. */
export function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
