import { copyFile, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { GateError, toGateError } from '../errors.ts';
import type { Digest } from './artifact.ts';
import { sha256OfFile } from './digest.ts';
import { parseLfsPointer } from './lfs-pointer.ts';
import { MAX_EARLIER_VERSION_BYTES, MAX_POINTER_BYTES, MAX_SEARCHED_COMMITS } from './limits.ts';
import { findFileAtRef, objectIdAtRef, type TreeEntry } from './read-at-ref.ts';
import { runGit, type GitPlace } from './run-git.ts';
import { saveBlob } from './save-blob.ts';

/** Files as they were before the change under test, written to where they can be read; paths relative to the root, with `/`. */
export interface EarlierVersions {
  /** The commit that the change starts from; undefined where no change is looked at. */
  readonly commit: string | undefined;
  /** Absolute real path of the repository's own folder, above the root or the root itself; undefined without a repository. */
  readonly repository: string | undefined;
  /** The file at {@link commit}; false when there was none. Throws `changes/unknown`, `artifact/*`. */
  save(file: string, to: string): Promise<boolean>;
  /** The version with this digest, wherever in the history; the commit it was found in, or undefined. Throws the same. */
  saveApproved(file: string, digest: Digest, size: number, to: string): Promise<string | undefined>;
}

export interface EarlierVersionsRequest extends GitPlace {
  /** The base of a comparison. The merge base with `head` is taken where there is one: what the change was made from. */
  readonly base?: string;
  /** Default `HEAD`. */
  readonly head?: string;
  /** True when the trees of base and head are compared as they are, as for a push: then base itself is the earlier state. */
  readonly isDirect?: boolean;
  /** Fetches one object that a shallow or filtered clone lacks; never throws. */
  readonly fetchObject?: (id: string) => Promise<void>;
}

/** By git. What is not in the clone is not there, unless `fetchObject` brings it: nothing else reaches the network. */
export async function earlierVersions(request: EarlierVersionsRequest): Promise<EarlierVersions> {
  const commit = request.base === undefined ? undefined : await startOf(request, request.base);
  const top = await runGit(request, ['rev-parse', '--show-toplevel']);
  return {
    commit,
    repository: top.isDone ? path.resolve(top.output.toString('utf8').replace(/\n$/, '')) : undefined,
    async save(file, to) {
      if (commit === undefined) return false;
      const entry = await entryAt(request, commit, file, request.fetchObject);
      if (entry === undefined) return false;
      await saveEntry(request, entry, file, to);
      return true;
    },
    async saveApproved(file, digest, size, to) {
      const seen = new Set<string>();
      let problem: GateError | undefined;
      for (const candidate of await commitsOf(request, file, commit)) {
        // Only the commit that the change starts from is worth fetching a model for; the history may hold hundreds.
        const entry = await entryAt(request, candidate, file, candidate === commit ? request.fetchObject : undefined).catch(() => undefined);
        // A pointer is shorter than any model, and says whose place it takes only when it is read.
        if (entry === undefined || seen.has(entry.id) || (entry.bytes !== size && entry.bytes > MAX_POINTER_BYTES)) continue;
        seen.add(entry.id);
        try {
          await saveEntry(request, entry, file, to);
          if ((await sha256OfFile(to)).digest === digest) return candidate;
        } catch (thrown) {
          problem = toGateError(thrown);
        }
        await rm(to, { force: true });
      }
      // Not to be found and not to be read differ: the one that could not be read may be the one.
      if (problem !== undefined) throw problem;
      return undefined;
    },
  };
}

async function startOf(request: EarlierVersionsRequest, base: string): Promise<string> {
  if (request.isDirect === true) return base;
  const answer = await runGit(request, ['merge-base', base, request.head ?? 'HEAD']);
  // In a shallow clone the merge base is unknown. The base itself is as trusted, only perhaps newer.
  return answer.isDone ? answer.output.toString('ascii').trim() : base;
}

async function commitsOf(request: EarlierVersionsRequest, file: string, first: string | undefined): Promise<readonly string[]> {
  const starts = first === undefined ? [] : [first];
  const answer = await runGit(request, ['log', '--format=%H', `--max-count=${MAX_SEARCHED_COMMITS}`, request.head ?? 'HEAD', '--', file]);
  return answer.isDone ? [...starts, ...answer.output.toString('ascii').split('\n').filter((line) => line !== '')] : starts;
}

/** The file in a commit's tree. Git knows its size only when it has the object, so that is fetched where it is lacking. */
async function entryAt(place: GitPlace, ref: string, file: string, fetchObject: EarlierVersionsRequest['fetchObject']): Promise<TreeEntry | undefined> {
  const wanted = { ...place, ref, path: file };
  try {
    return await findFileAtRef(wanted, MAX_EARLIER_VERSION_BYTES);
  } catch (thrown) {
    if (fetchObject === undefined || toGateError(thrown).code !== 'changes/unknown') throw thrown;
    const id = await objectIdAtRef(wanted);
    if (id === undefined) throw thrown;
    await fetchObject(id);
    return findFileAtRef(wanted, MAX_EARLIER_VERSION_BYTES);
  }
}

async function saveEntry(request: GitPlace, entry: TreeEntry, file: string, to: string): Promise<void> {
  try {
    await saveBlob(request, entry.id, entry.bytes, to);
  } catch (thrown) {
    await rm(to, { force: true });
    throw thrown;
  }
  if (entry.bytes <= MAX_POINTER_BYTES) await resolvePointer(request, file, to);
}

/** A Git LFS pointer is replaced by the file it names where git-lfs keeps that; its digest says whether it is the one. */
async function resolvePointer(place: GitPlace, file: string, to: string): Promise<void> {
  const pointer = parseLfsPointer(await readFile(to));
  if (pointer === undefined) return;
  await rm(to);
  const folder = await runGit(place, ['rev-parse', '--path-format=absolute', '--git-common-dir']);
  if (folder.isDone) {
    const { sha256, size } = pointer;
    const kept = path.join(folder.output.toString('utf8').trim(), 'lfs', 'objects', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
    const facts = await stat(kept).catch(() => undefined);
    if (facts?.isFile() === true && facts.size === size) {
      await copyFile(kept, to);
      if ((await sha256OfFile(to)).digest === `sha256:${sha256}`) return;
      await rm(to);
    }
  }
  throw new GateError({
    code: 'artifact/pointer',
    message: `The earlier version of ${file} is a Git LFS pointer, and the file it names is not in this clone.`,
    where: { artifact: file },
    nextStep: 'Fetch it (git lfs fetch --all), or name the earlier version as baseline.',
  });
}
