import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { GateError } from '../errors.ts';
import type { Change, Changes } from './changes.ts';
import { parseRawDiff, type RawChange } from './changes-by-git/parse-raw-diff.ts';
import { resolveCommit } from './resolve-commit.ts';
import { runGit, type GitPlace } from './run-git.ts';
import { trackedFiles } from './tracked-files.ts';

export interface GitChangesRequest extends GitPlace {
  readonly base: string;
  readonly head: string;
  /**
   * `merge-base` (default): what head brings since it left base, as a pull request shows it. `direct`: the difference
   * of the two trees, for a push, whose earlier commit is no ancestor after a forced one.
   */
  readonly comparison?: 'merge-base' | 'direct';
}

/**
 * What changed between two commits below `root`, with paths relative to it. A rename is one without a change of
 * content; a renamed file with new content is an added and a deleted one, because to the gate it is a new artifact
 * (and because telling how similar two large files are would read both). A changed submodule stands for every file in
 * it. Never throws for a repository, a ref or a clone that cannot answer: that is `known: false` with a reason that
 * says what to do.
 */
export async function changesByGit(request: GitChangesRequest): Promise<Changes> {
  const [base, head] = await Promise.all([resolveCommit(request, request.base), resolveCommit(request, request.head)]);
  if (!base.isFound) return unknown(base.reason);
  if (!head.isFound) return unknown(head.reason);

  const starts = request.comparison === 'direct' ? { isFound: true as const, commits: [base.commit] } : await mergeBases(request, base.commit, head.commit);
  if (!starts.isFound) return unknown(starts.reason);

  // Histories that crossed have several merge bases; what differs from any of them may be new.
  const byPath = new Map<string, RawChange>();
  for (const start of starts.commits) {
    const compared = await compareTrees(request, start, head.commit);
    if (typeof compared === 'string') return unknown(compared);
    for (const one of compared) if (!byPath.has(one.change.path)) byPath.set(one.change.path, one);
  }
  return withSubmodules(request, [...byPath.values()]);
}

async function mergeBases(
  place: GitPlace,
  base: string,
  head: string,
): Promise<{ readonly isFound: true; readonly commits: readonly string[] } | { readonly isFound: false; readonly reason: string }> {
  const answer = await runGit(place, ['merge-base', '--all', base, head]);
  if (answer.isDone) return { isFound: true, commits: answer.output.toString('ascii').trim().split('\n') };
  if (answer.status !== 1) return { isFound: false, reason: answer.reason };
  return {
    isFound: false,
    reason:
      `The commits ${base.slice(0, 12)} and ${head.slice(0, 12)} have no common ancestor in this clone; ` +
      'set "fetch-depth: 0" in the checkout step if the clone is shallow.',
  };
}

async function compareTrees(place: GitPlace, from: string, to: string): Promise<readonly RawChange[] | string> {
  // `ignore = all` in .gitmodules, which the branch under test may bring, would leave a changed submodule out.
  const submodules = '--ignore-submodules=none';
  const options = ['-r', '--raw', '-z', '--no-abbrev', '--find-renames=100%', '--relative', '--no-ext-diff', '--no-textconv', submodules];
  const answer = await runGit(place, ['diff-tree', ...options, from, to, '--']);
  if (!answer.isDone) return answer.reason;
  return parseRawDiff(answer.output) ?? 'git listed a change in a form that modelgate does not know, or a file name that is not UTF-8.';
}

async function withSubmodules(place: GitPlace, found: readonly RawChange[]): Promise<Changes> {
  const list: Change[] = [];
  for (const { change, isSubmodule } of found) {
    list.push(change);
    if (!isSubmodule || change.kind === 'deleted') continue;
    const files = await submoduleFiles(place, change.path);
    if (files === undefined) {
      return unknown(
        `The submodule ${change.path} changed and is not checked out, so what changed in it is not known; ` +
          'set "submodules: recursive" in the checkout step.',
      );
    }
    list.push(...files.map((file): Change => ({ path: `${change.path}/${file}`, kind: 'modified' })));
  }
  return { known: true, by: 'git', list };
}

async function submoduleFiles(place: GitPlace, submodule: string): Promise<readonly string[] | undefined> {
  const root = path.join(place.root, submodule);
  // Without its own .git, git would answer for the repository around it.
  if (!existsSync(path.join(root, '.git'))) return undefined;
  try {
    const files = await trackedFiles({ ...place, root });
    // A submodule in the submodule that is not checked out is listed as one path, and nothing of it is there.
    return files.some((file) => isFolder(path.join(root, file))) ? undefined : files;
  } catch (error) {
    if (error instanceof GateError) return undefined;
    throw error;
  }
}

function isFolder(absolute: string): boolean {
  return lstatSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
}

function unknown(reason: string): Changes {
  return { known: false, reason };
}
