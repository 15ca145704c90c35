import { GateError } from '../errors.ts';
import { lockPathProblem } from './lock-path.ts';
import type { LockEntry, Lockfile } from './lockfile.ts';

export interface LockfileUpdate {
  /** Entries to add or to replace by path. What they leave out is kept, see {@link updateLockfile}. */
  readonly put: readonly LockEntry[];
  /** Paths to remove; one that is not listed is no error. */
  readonly remove?: readonly string[];
}

export interface LockfileDiff {
  readonly added: readonly LockEntry[];
  readonly changed: readonly { readonly before: LockEntry; readonly after: LockEntry }[];
  readonly removed: readonly LockEntry[];
  readonly unchanged: readonly LockEntry[];
}

/**
 * A lockfile with entries added, replaced and removed, and what that changes; all sorted by path. An entry keeps its
 * source and approval when the update gives none, except that an approval does not outlive the bytes it was given for:
 * with a new digest, `approvedBy` and `approvedAt` have to be given again. Throws `lockfile/invalid` for a path that a
 * lockfile cannot hold or that is put twice.
 */
export function updateLockfile(
  lockfile: Lockfile | undefined,
  update: LockfileUpdate,
): { readonly lockfile: Lockfile; readonly diff: LockfileDiff } {
  checkPaths(update.put);
  const before = new Map((lockfile?.artifacts ?? []).map((entry) => [entry.path, entry]));
  const after = new Map(before);
  for (const path of update.remove ?? []) after.delete(path);
  for (const entry of update.put) after.set(entry.path, merged(before.get(entry.path), entry));

  const kept = sorted([...after.values()]);
  return { lockfile: { version: 1, artifacts: kept }, diff: difference(before, after, kept) };
}

function checkPaths(entries: readonly LockEntry[]): void {
  const seen = new Set<string>();
  for (const { path } of entries) {
    const problem = lockPathProblem(path) ?? (seen.has(path) ? 'is given twice' : undefined);
    if (problem !== undefined) {
      throw new GateError({ code: 'lockfile/invalid', message: `The path ${JSON.stringify(path)} ${problem}.`, where: { artifact: path } });
    }
    seen.add(path);
  }
}

function merged(before: LockEntry | undefined, given: LockEntry): LockEntry {
  if (before === undefined) return given;
  const source = given.source ?? before.source;
  const isSameContent = before.sha256 === given.sha256;
  const isApproved = given.approvedBy !== undefined || given.approvedAt !== undefined;
  const approval = isApproved || !isSameContent ? given : before;
  return {
    path: given.path,
    sha256: given.sha256,
    size: given.size,
    ...(source === undefined ? {} : { source }),
    ...(approval.approvedBy === undefined ? {} : { approvedBy: approval.approvedBy }),
    ...(approval.approvedAt === undefined ? {} : { approvedAt: approval.approvedAt }),
  };
}

function difference(before: ReadonlyMap<string, LockEntry>, after: ReadonlyMap<string, LockEntry>, kept: readonly LockEntry[]): LockfileDiff {
  const added: LockEntry[] = [];
  const changed: { before: LockEntry; after: LockEntry }[] = [];
  const unchanged: LockEntry[] = [];
  for (const entry of kept) {
    const earlier = before.get(entry.path);
    if (earlier === undefined) added.push(entry);
    else if (isSame(earlier, entry)) unchanged.push(entry);
    else changed.push({ before: earlier, after: entry });
  }
  return { added, changed, removed: sorted([...before.values()].filter(({ path }) => !after.has(path))), unchanged };
}

function isSame(left: LockEntry, right: LockEntry): boolean {
  return (
    left.sha256 === right.sha256 &&
    left.size === right.size &&
    left.approvedBy === right.approvedBy &&
    left.approvedAt === right.approvedAt &&
    sourceKey(left) === sourceKey(right)
  );
}

function sourceKey({ source }: LockEntry): string {
  if (source === undefined) return '';
  return JSON.stringify('url' in source ? [source.url] : [source.repository, source.revision]);
}

function sorted(entries: LockEntry[]): LockEntry[] {
  return entries.sort((left, right) => (left.path < right.path ? -1 : 1));
}
