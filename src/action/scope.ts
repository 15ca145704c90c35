import { compileGlobs, type PathMatcher } from '../artifacts/compile-globs.ts';
import type { Changes } from '../artifacts/changes.ts';
import { findArtifacts } from '../artifacts/find-artifacts.ts';
import { trackedFiles } from '../artifacts/tracked-files.ts';
import type { ResolvedPolicy } from '../policy/policy.ts';
import type { Repository } from './repository.ts';

type Globs = ResolvedPolicy['artifacts'];

/**
 * Narrows changes to the `paths` of the workflow. Changed files that are no artifacts stay, because a model's external
 * data may be among them and the gate needs to know that it changed.
 */
export function narrowChanges(changes: Changes, paths: readonly string[], globs: Globs): Changes {
  if (!changes.known || paths.length === 0) return changes;
  const isNamed = matcherOf(paths);
  const isArtifact = compileGlobs(globs.include, { ignoreCase: true });
  const list = changes.list.filter(
    (change) => isNamed(change.path) || (change.previousPath !== undefined && isNamed(change.previousPath)) || !isArtifact(change.path),
  );
  return { ...changes, list };
}

export interface EverythingRequest {
  readonly root: string;
  readonly paths: readonly string[];
  readonly globs: Globs;
  readonly repository: Repository | undefined;
  readonly signal: AbortSignal;
}

/**
 * What to look at when there is nothing to compare with. Named paths are taken as they are on disk, because a workflow
 * may have downloaded them; otherwise what git tracks, so that a package cache in the workspace is not gated; without
 * git, the whole folder.
 */
export async function everything(request: EverythingRequest): Promise<readonly string[]> {
  const { root, paths, globs, repository, signal } = request;
  const plain = paths.filter((one) => !isGlob(one));
  const globbed = paths.filter(isGlob);
  if (globbed.length > 0) {
    const found = await findArtifacts({ root, paths: ['.'], include: globbed, exclude: globs.exclude, signal });
    // What matches and cannot be looked at stays in the list, for the gate to say so.
    return [...plain, ...found.artifacts, ...found.problems.map((one) => one.path)];
  }
  if (plain.length > 0) return plain;
  if (repository === undefined) return ['.'];
  const isArtifact = compileGlobs(globs.include, { ignoreCase: true });
  const isExcluded = compileGlobs(globs.exclude);
  return (await trackedFiles(repository)).filter((file) => isArtifact(file) && !isExcluded(file));
}

function isGlob(given: string): boolean {
  return /[*?[{]/.test(given);
}

function matcherOf(paths: readonly string[]): PathMatcher {
  const isGlobbed = compileGlobs(paths.filter(isGlob), { ignoreCase: true });
  const plain = paths.filter((one) => !isGlob(one)).map((one) => one.replace(/^(\.\/)+/, '').replace(/\/+$/, ''));
  return (file) => isGlobbed(file) || plain.some((one) => one === '' || one === '.' || file === one || file.startsWith(`${one}/`));
}
