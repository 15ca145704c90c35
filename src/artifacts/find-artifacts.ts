import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { GateError, type GateErrorData } from '../errors.ts';
import { compileGlobs, type PathMatcher } from './compile-globs.ts';
import { MAX_WALK_DEPTH, MAX_WALK_ENTRIES } from './limits.ts';

export interface FindArtifactsRequest {
  /** Absolute path of the folder that all paths are relative to. */
  readonly root: string;
  /** Files and folders, relative to root with `/`; `.` is the root. A file named here is taken whatever the globs say. */
  readonly paths: readonly string[];
  /** Globs over paths relative to root, in any case (`a.ONNX` is found by `*.onnx`). */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Folders that are not entered unless named in `paths`. Default: {@link SKIPPED_FOLDERS}. */
  readonly skipFolders?: readonly string[];
  readonly maxEntries?: number;
  readonly maxDepth?: number;
  readonly signal?: AbortSignal;
}

export interface FoundArtifacts {
  /** Relative to root with `/`, sorted by code units, each once. Regular files, possibly reached through links. */
  readonly artifacts: readonly string[];
  /** What would be an artifact, or may hold one, and cannot be looked at: never left out silently. Sorted by path. */
  readonly problems: readonly { readonly path: string; readonly error: GateErrorData }[];
}

/** Git's own files and installed packages: large, and not what a repository releases. */
export const SKIPPED_FOLDERS: readonly string[] = ['.git', 'node_modules'];

interface Walk {
  readonly root: string;
  /** Real paths; a link that leads outside of all of them is refused. */
  readonly boundaries: readonly string[];
  readonly isWanted: PathMatcher;
  readonly isExcluded: PathMatcher;
  readonly isExcludedFolder: PathMatcher;
  readonly skipFolders: ReadonlySet<string>;
  readonly maxEntries: number;
  readonly maxDepth: number;
  readonly signal: AbortSignal | undefined;
  readonly artifacts: Set<string>;
  readonly problems: Map<string, GateErrorData>;
  entries: number;
}

/**
 * Finds the artifacts below files and folders. The order does not depend on the file system. A link is followed when
 * it stays inside the root, also to a folder (a file can match a glob by its name in either place); one that leaves
 * the root is a problem (CWE-59), and one that leads back to a folder being walked ends there. Throws
 * `arguments/invalid` beyond the limit of entries and `inspection/cancelled`.
 */
export async function findArtifacts(request: FindArtifactsRequest): Promise<FoundArtifacts> {
  const walk = await startWalk(request);
  for (const given of request.paths) await walkGiven(walk, given);
  return {
    artifacts: [...walk.artifacts].sort(byCodeUnit),
    problems: [...walk.problems].sort(([left], [right]) => byCodeUnit(left, right)).map(([file, error]) => ({ path: file, error })),
  };
}

async function startWalk(request: FindArtifactsRequest): Promise<Walk> {
  const isIncluded = compileGlobs(request.include, { ignoreCase: true });
  const isExcluded = compileGlobs(request.exclude);
  const wholeFolders = request.exclude.filter((glob) => glob.endsWith('/**')).map((glob) => glob.slice(0, -'/**'.length));
  return {
    root: request.root,
    boundaries: [await realpath(request.root)],
    isWanted: (file) => isIncluded(belowParents(file)) && !isExcluded(belowParents(file)),
    isExcluded,
    isExcludedFolder: compileGlobs(wholeFolders),
    skipFolders: new Set(request.skipFolders ?? SKIPPED_FOLDERS),
    maxEntries: request.maxEntries ?? MAX_WALK_ENTRIES,
    maxDepth: request.maxDepth ?? MAX_WALK_DEPTH,
    signal: request.signal,
    artifacts: new Set(),
    problems: new Map(),
    entries: 0,
  };
}

async function walkGiven(walk: Walk, given: string): Promise<void> {
  const absolute = path.resolve(walk.root, given);
  const relative = path.relative(walk.root, absolute).split(path.sep).join('/');
  const shown = relative === '' ? '.' : relative;

  const facts = await factsOf(absolute, lstat);
  if (typeof facts === 'string') return refuse(walk, shown, `${shown} ${facts}.`);
  // What the user names outside of the root is inside by that; what a link in the tree leads to is not.
  const isOutside = relative === '..' || relative.startsWith('../') || path.isAbsolute(relative);
  const inner: Walk = isOutside ? { ...walk, boundaries: [...walk.boundaries, await realpath(absolute).catch(() => absolute)] } : walk;

  const real = await insideBoundaries(inner, absolute, shown);
  if (real === undefined) return;
  if (real.facts.isFile()) {
    walk.artifacts.add(shown);
    return;
  }
  if (!real.facts.isDirectory()) return refuse(walk, shown, `${shown} is neither a file nor a folder.`);
  await walkFolder(inner, absolute, relative, [real.path]);
  walk.entries = inner.entries;
}

/** `chain` holds the real paths of the folders from the start to this one: entering one of them again is a loop. */
async function walkFolder(walk: Walk, absolute: string, relative: string, chain: readonly string[]): Promise<void> {
  const entries = await listFolder(walk, absolute, relative);
  for (const entry of entries) {
    countEntry(walk);
    const name = decodeName(entry.name);
    const file = relative === '' ? name.text : `${relative}/${name.text}`;
    if (!name.isValid) {
      if (entry.isDirectory() || walk.isWanted(file)) refuse(walk, file, `The name of ${file} is not valid UTF-8, so it cannot be reported.`);
      continue;
    }
    await walkEntry(walk, entry, { absolute: path.join(absolute, name.text), file, name: name.text, chain });
  }
}

interface Place {
  readonly absolute: string;
  readonly file: string;
  readonly name: string;
  readonly chain: readonly string[];
}

async function walkEntry(walk: Walk, entry: Dirent<Buffer>, place: Place): Promise<void> {
  const { absolute, file, name, chain } = place;
  if (entry.isFile()) {
    if (walk.isWanted(file)) walk.artifacts.add(file);
    return;
  }
  if (walk.skipFolders.has(name) || walk.isExcludedFolder(file)) return;

  if (entry.isDirectory()) return enterFolder(walk, absolute, file, [...chain, path.join(chain.at(-1) ?? absolute, name)]);
  if (!entry.isSymbolicLink()) {
    if (walk.isWanted(file)) refuse(walk, file, `${file} is neither a file nor a folder.`);
    return;
  }
  if (!walk.isExcluded(file)) await walkLink(walk, place);
}

async function walkLink(walk: Walk, { absolute, file, chain }: Place): Promise<void> {
  const target = await factsOf(absolute, stat);
  if (typeof target === 'string') {
    if (walk.isWanted(file)) refuse(walk, file, `The link ${file} leads nowhere: its target ${target}.`);
    return;
  }
  // A link to a file that is no artifact by its name concerns nobody, wherever it leads.
  if (!target.isDirectory() && !walk.isWanted(file)) return;

  const real = await insideBoundaries(walk, absolute, file);
  if (real === undefined) return;
  if (real.facts.isFile()) walk.artifacts.add(file);
  else if (!real.facts.isDirectory()) refuse(walk, file, `The link ${file} leads to what is neither a file nor a folder.`);
  else if (!chain.includes(real.path)) await enterFolder(walk, absolute, file, [...chain, real.path]);
}

async function enterFolder(walk: Walk, absolute: string, file: string, chain: readonly string[]): Promise<void> {
  if (chain.length > walk.maxDepth) {
    return refuse(walk, file, `${file} lies deeper than ${walk.maxDepth} folders.`, 'Name the folder itself, or exclude it.');
  }
  await walkFolder(walk, absolute, file, chain);
}

/** The real path and kind of what a path leads to; undefined, with the problem noted, when that is out of bounds or gone. */
async function insideBoundaries(walk: Walk, absolute: string, file: string): Promise<{ path: string; facts: Stats } | undefined> {
  const real = await realpath(absolute).catch(() => undefined);
  const facts = real === undefined ? undefined : await stat(real).catch(() => undefined);
  if (real === undefined || facts === undefined) {
    refuse(walk, file, `${file} could not be looked at; it may be a link to nothing.`);
    return undefined;
  }
  if (!walk.boundaries.some((boundary) => contains(boundary, real))) {
    refuse(walk, file, `The link ${file} leaves the folder under test.`, 'Replace the link by the file, or exclude it.');
    return undefined;
  }
  return { path: real, facts };
}

async function listFolder(walk: Walk, absolute: string, relative: string): Promise<readonly Dirent<Buffer>[]> {
  try {
    // Names as bytes: decoded by Node, a name that is not UTF-8 would silently become another name.
    const entries = await readdir(absolute, { withFileTypes: true, encoding: 'buffer' });
    return entries.sort((left, right) => Buffer.compare(left.name, right.name));
  } catch (error) {
    const shown = relative === '' ? '.' : relative;
    refuse(walk, shown, `The folder ${shown} ${reasonOf(error)}.`);
    return [];
  }
}

function countEntry(walk: Walk): void {
  if (walk.signal?.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'The search for artifacts was cancelled.' });
  walk.entries += 1;
  if (walk.entries <= walk.maxEntries) return;
  throw new GateError({
    code: 'arguments/invalid',
    message: `There are more than ${walk.maxEntries} files and folders to look through.`,
    nextStep: 'Name narrower paths, or exclude folders with globs that end in "/**".',
  });
}

function refuse(walk: Walk, file: string, message: string, nextStep?: string): void {
  const error = new GateError({
    code: 'artifact/unreadable',
    message,
    where: { artifact: file },
    nextStep: nextStep ?? 'Check that the path exists and that this user may read it.',
  });
  walk.problems.set(file, error.toData());
}

async function factsOf<Facts>(absolute: string, look: (path: string) => Promise<Facts>): Promise<Facts | string> {
  try {
    return await look(absolute);
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'ELOOP') return 'is a link in a loop';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  return `could not be read (${typeof code === 'string' ? code : 'unknown reason'})`;
}

function decodeName(name: Buffer): { readonly text: string; readonly isValid: boolean } {
  const text = name.toString('utf8');
  return { text, isValid: Buffer.from(text, 'utf8').equals(name) };
}

/** Globs do not match `..`; what lies outside of the root is matched by the rest of its path. */
function belowParents(file: string): string {
  return file.replace(/^(\.\.\/)+/, '');
}

function contains(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}

function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
