import type { Change } from '../artifacts/changes.ts';
import { lockPathOf } from './lock-path.ts';
import type { LockEntry, Lockfile } from './lockfile.ts';

export interface ApprovedQuery {
  /** Absolute path of the folder that artifact paths are relative to. */
  readonly root: string;
  readonly path: string;
  readonly change: Change | undefined;
  readonly lockfile: { readonly path: string; readonly content: Lockfile } | undefined;
}

/** What the lockfile approved under an artifact's name, or under the name it was renamed from, and that name. */
export function approvedEntry({ root, path, change, lockfile }: ApprovedQuery): { readonly entry: LockEntry; readonly path: string } | undefined {
  if (lockfile === undefined) return undefined;
  for (const name of [path, ...(change?.previousPath === undefined ? [] : [change.previousPath])]) {
    const listed = lockPathOf({ root, lockfile: lockfile.path, artifact: name });
    const entry = lockfile.content.artifacts.find((one) => one.path === listed);
    if (entry !== undefined) return { entry, path: name };
  }
  return undefined;
}
