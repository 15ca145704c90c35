import { realpath } from 'node:fs/promises';
import path from 'node:path';

/** Where a path leads, also one that does not exist yet: the links in the part of it that exists are followed. */
export async function realPathOf(absolute: string): Promise<string> {
  const real = await realpath(absolute).catch(() => undefined);
  if (real !== undefined || path.dirname(absolute) === absolute) return real ?? absolute;
  return path.join(await realPathOf(path.dirname(absolute)), path.basename(absolute));
}
