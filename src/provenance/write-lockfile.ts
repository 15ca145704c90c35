import { writeAtomically } from '../artifacts/write-atomically.ts';
import type { LockEntry, Lockfile } from './lockfile.ts';

/** Writes a lockfile whole or not at all. Throws `output/unwritable`. */
export async function writeLockfile(absolutePath: string, lockfile: Lockfile): Promise<void> {
  await writeAtomically(absolutePath, formatLockfile(lockfile));
}

/**
 * The one text of a lockfile: entries by path (code units, so that every machine sorts alike), keys in the order of the
 * schema, two spaces, a newline at the end. Equal content, equal bytes; one changed entry, one changed hunk.
 */
export function formatLockfile(lockfile: Lockfile): string {
  const artifacts = [...lockfile.artifacts].sort((left, right) => byCodeUnit(left.path, right.path)).map(inOrder);
  return `${JSON.stringify({ version: lockfile.version, artifacts }, undefined, 2)}\n`;
}

function inOrder({ path, sha256, size, source, approvedBy, approvedAt }: LockEntry): LockEntry {
  return {
    path,
    sha256,
    size,
    ...(source === undefined ? {} : { source: 'url' in source ? { url: source.url } : { repository: source.repository, revision: source.revision } }),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...(approvedAt === undefined ? {} : { approvedAt }),
  };
}

function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
