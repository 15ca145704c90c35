import path from 'node:path';
import { GateError } from '../errors.ts';
import { MAX_FILE_AT_REF_BYTES } from './limits.ts';
import { resolveCommit } from './resolve-commit.ts';
import { runGit, type GitAnswer, type GitPlace } from './run-git.ts';

export interface ReadAtRefRequest extends GitPlace {
  readonly ref: string;
  /** Relative to root, with `/`. */
  readonly path: string;
  /** Default {@link MAX_FILE_AT_REF_BYTES}. */
  readonly maxBytes?: number;
}

/**
 * The bytes of a file as they are at a commit, or undefined when there is no such file. What is read is the blob itself:
 * no filter, no line-ending conversion, no LFS. Throws `changes/unknown` when the commit or its objects are not here,
 * `artifact/unreadable` for a folder, link or submodule, `artifact/too-large`, and `arguments/invalid` for a path that
 * leaves the repository.
 */
export async function readAtRef(request: ReadAtRefRequest): Promise<Uint8Array | undefined> {
  const entry = await findFileAtRef(request, request.maxBytes ?? MAX_FILE_AT_REF_BYTES);
  if (entry === undefined) return undefined;
  return done(await runGit(request, ['cat-file', 'blob', entry.id]));
}

/** A file in a commit's tree. */
export interface TreeEntry {
  readonly mode: string;
  readonly id: string;
  readonly bytes: number;
}

/** The regular file at a path of a commit, without reading it; undefined when nothing is there. Throws as {@link readAtRef}. */
export async function findFileAtRef(request: Omit<ReadAtRefRequest, 'maxBytes'>, maxBytes: number): Promise<TreeEntry | undefined> {
  const commit = await resolveCommit(request, request.ref);
  if (!commit.isFound) throw unknown(commit.reason);
  const entry = await findEntry(request, commit.commit, normalizedPath(request.path));
  if (entry !== undefined) checkEntry(entry, request, maxBytes);
  return entry;
}

/** The id of what lies at a path of a commit; also where the object itself is not in the clone, whose size then nobody knows. */
export async function objectIdAtRef(request: Omit<ReadAtRefRequest, 'maxBytes'>): Promise<string | undefined> {
  const commit = await resolveCommit(request, request.ref);
  if (!commit.isFound) throw unknown(commit.reason);
  const listing = done(await runGit(request, ['ls-tree', '-z', commit.commit, '--', normalizedPath(request.path)])).toString('utf8');
  return /^[0-7]{6} blob ([0-9a-f]+)\t/.exec(listing)?.[1];
}

async function findEntry(place: GitPlace, commit: string, file: string): Promise<TreeEntry | undefined> {
  const listing = done(await runGit(place, ['ls-tree', '-z', '--long', commit, '--', file])).toString('utf8');
  if (listing === '') return undefined;
  const [, mode, id, bytes] = /^([0-7]{6}) [a-z]+ ([0-9a-f]+) +(-|[0-9]+)\t/.exec(listing) ?? [];
  if (mode === undefined || id === undefined) throw unknown(`git described ${file} in a form that modelgate does not know.`);
  return { mode, id, bytes: bytes === '-' ? 0 : Number(bytes) };
}

function checkEntry(entry: TreeEntry, request: Pick<ReadAtRefRequest, 'path' | 'ref'>, maxBytes: number): void {
  const where = { artifact: request.path };
  if (!entry.mode.startsWith('100')) {
    throw new GateError({
      code: 'artifact/unreadable',
      message: `${request.path} is not a regular file at ${request.ref}, but a ${kindOf(entry.mode)}.`,
      where,
      nextStep: 'Commit the file itself.',
    });
  }
  if (entry.bytes <= maxBytes) return;
  throw new GateError({
    code: 'artifact/too-large',
    message: `${request.path} has ${entry.bytes} bytes at ${request.ref}; at most ${maxBytes} are read.`,
    where,
  });
}

function normalizedPath(given: string): string {
  const normalized = path.posix.normalize(given);
  if (given !== '' && !given.includes('\0') && !path.isAbsolute(given) && !given.endsWith('/') && normalized !== '.') return normalized;
  throw new GateError({
    code: 'arguments/invalid',
    message: `${JSON.stringify(given)} is not a relative path of a file.`,
    nextStep: 'Give the path relative to the root, with "/".',
  });
}

function done(answer: GitAnswer): Buffer {
  if (answer.isDone) return answer.output;
  if (answer.reason.includes('outside repository')) {
    throw new GateError({ code: 'arguments/invalid', message: answer.reason, nextStep: 'Give a path inside the repository.' });
  }
  throw unknown(answer.reason);
}

function kindOf(mode: string): string {
  if (mode === '120000') return 'symbolic link';
  return mode === '160000' ? 'submodule' : 'folder';
}

function unknown(reason: string): GateError {
  return new GateError({ code: 'changes/unknown', message: reason });
}
