import type { Digest } from '../artifacts/artifact.ts';
import type { Change } from '../artifacts/changes.ts';
import type { Provenance } from '../report.ts';
import { lockPathOf } from './lock-path.ts';
import type { LockEntry, Lockfile } from './lockfile.ts';
import { matchesSource, sourceText } from './matches-source.ts';
import { TRUSTED_SOURCE_MESSAGES, type TrustedSourceMessage } from './trusted-source-messages.ts';

export interface TrustedSourceQuery {
  /** Absolute path of the folder that artifact paths are relative to. */
  readonly root: string;
  readonly path: string;
  /** Of the file; of what it names, when a Git LFS pointer stands in for the file. */
  readonly digest: Digest;
  /** Bytes; of what the pointer names, for a pointer. */
  readonly size: number;
  /** True when the file is a Git LFS pointer and what it names is not there. */
  readonly isPointer: boolean;
  readonly change: Change | undefined;
  /** The lockfile in force; its path is absolute or relative to root. */
  readonly lockfile: { readonly path: string; readonly content: Lockfile } | undefined;
  readonly trustedSource: { readonly allowedSources: readonly string[] };
}

type Observation = Provenance['observations'][number];

/**
 * Compares an artifact with the lockfile. Pure. Outcomes: `clear` when the digest is the approved one and the source is
 * allowed; `flagged` when it is not listed, differs, or comes from elsewhere; `inconclusive` for a Git LFS pointer that
 * the lockfile does not vouch for in digest and size (its observations still say when it contradicts the lockfile);
 * `not-applicable` without a lockfile.
 */
export function checkTrustedSource(query: TrustedSourceQuery): Provenance {
  if (query.lockfile === undefined) return withoutLockfile(query);

  const entry = entryOf(query, query.path);
  if (entry !== undefined) return compare(query, entry, `${query.path} is the approved file: its digest is the lockfile’s.`);

  const previousPath = query.change?.kind === 'renamed' ? query.change.previousPath : undefined;
  const previous = previousPath === undefined ? undefined : entryOf(query, previousPath);
  if (previous !== undefined && digestOf(previous) === query.digest) {
    const text = `${query.path} was renamed from ${previousPath}, which the lockfile lists with the same digest; run "modelgate lock" to record the new path.`;
    return compare(query, previous, text);
  }
  return unlisted(query, query.lockfile);
}

function withoutLockfile(query: TrustedSourceQuery): Provenance {
  const missing = observe('no-lockfile', { path: query.path });
  if (!query.isPointer) return { outcome: 'not-applicable', text: 'There is no lockfile to compare with.', observations: [missing] };
  return {
    outcome: 'inconclusive',
    text: `${query.path} is a Git LFS pointer whose file is not there, and there is no lockfile that vouches for it.`,
    observations: [missing, unresolved(query)],
  };
}

function compare(query: TrustedSourceQuery, entry: LockEntry, approvedText: string): Provenance {
  const mismatch = mismatchOf(query, entry);
  const isUntrusted = !isAllowed(entry, query.trustedSource.allowedSources);
  const observations = [
    ...(mismatch === undefined ? [] : [mismatch]),
    ...(mismatch === undefined || !query.isPointer ? [] : [unresolved(query)]),
    ...(isUntrusted ? [untrusted(query, entry)] : []),
  ];
  return {
    outcome: outcomeOf(query, mismatch, isUntrusted),
    text: observations[0]?.text ?? (query.isPointer ? `${approvedText} ${POINTER_NOTE}` : approvedText),
    observations,
    ...(entry.source === undefined ? {} : { source: sourceText(entry.source) }),
    // An approval speaks for the bytes it was given for, not for these.
    ...(entry.approvedBy === undefined || mismatch !== undefined ? {} : { approvedBy: entry.approvedBy }),
    ...(entry.approvedAt === undefined || mismatch !== undefined ? {} : { approvedAt: entry.approvedAt }),
  };
}

const POINTER_NOTE = 'It is a Git LFS pointer whose digest and size are the approved ones, so it is approved without a download.';

function outcomeOf(query: TrustedSourceQuery, mismatch: Observation | undefined, isUntrusted: boolean): Provenance['outcome'] {
  if (mismatch !== undefined && query.isPointer) return 'inconclusive';
  return mismatch !== undefined || isUntrusted ? 'flagged' : 'clear';
}

function mismatchOf(query: TrustedSourceQuery, entry: LockEntry): Observation | undefined {
  const { path } = query;
  if (digestOf(entry) !== query.digest) return observe('hash-mismatch', { path, expected: entry.sha256, actual: bare(query.digest) });
  // Equal digests of files at hand mean equal bytes; what a pointer says about its size is only a claim.
  if (query.isPointer && entry.size !== query.size) return observe('size-mismatch', { path, expected: entry.size, actual: query.size });
  return undefined;
}

function unlisted(query: TrustedSourceQuery, lockfile: { readonly path: string; readonly content: Lockfile }): Provenance {
  const twin = lockfile.content.artifacts.find((entry) => digestOf(entry) === query.digest);
  const observation = observe('unlisted', {
    path: query.path,
    actual: bare(query.digest),
    lockfile: lockfile.path.split(/[\\/]/).at(-1) ?? lockfile.path,
    ...(twin === undefined ? {} : { listedAs: twin.path }),
  });
  const text = twin === undefined ? observation.text : `${observation.text} The same bytes are listed as ${twin.path}.`;
  return {
    outcome: query.isPointer ? 'inconclusive' : 'flagged',
    text,
    observations: [{ ...observation, text }, ...(query.isPointer ? [unresolved(query)] : [])],
  };
}

function untrusted(query: TrustedSourceQuery, entry: LockEntry): Observation {
  return observe('untrusted-source', {
    path: query.path,
    source: entry.source === undefined ? '(none)' : sourceText(entry.source),
    allowed: query.trustedSource.allowedSources.join(', '),
  });
}

function unresolved(query: TrustedSourceQuery): Observation {
  return observe('unresolved-pointer', { path: query.path, actual: bare(query.digest), size: query.size });
}

function isAllowed(entry: LockEntry, allowedSources: readonly string[]): boolean {
  if (allowedSources.length === 0) return true;
  return entry.source !== undefined && matchesSource(entry.source, allowedSources);
}

function entryOf(query: TrustedSourceQuery, artifact: string): LockEntry | undefined {
  if (query.lockfile === undefined) return undefined;
  const listed = lockPathOf({ root: query.root, lockfile: query.lockfile.path, artifact });
  return listed === undefined ? undefined : indexOf(query.lockfile.content).get(listed);
}

/** One index a lockfile: a run asks it once for every artifact. */
const indexes = new WeakMap<Lockfile, ReadonlyMap<string, LockEntry>>();

function indexOf(lockfile: Lockfile): ReadonlyMap<string, LockEntry> {
  const known = indexes.get(lockfile);
  if (known !== undefined) return known;
  const index = new Map(lockfile.artifacts.map((entry) => [entry.path, entry]));
  indexes.set(lockfile, index);
  return index;
}

function observe(message: TrustedSourceMessage, data: Readonly<Record<string, string | number>>): Observation {
  const { severity, text } = TRUSTED_SOURCE_MESSAGES[message];
  const filled = text.replace(/\{(\w+)\}/g, (place, name: string) => String(data[name] ?? place));
  return { rule: `trusted-source/${message}`, severity, text: filled, data: { ...data }, location: {} };
}

function digestOf(entry: LockEntry): Digest {
  return `sha256:${entry.sha256}`;
}

function bare(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
