import { toGateError } from '../errors.ts';
import type { Change, Changes } from './changes.ts';
import { API_PAGE_FILES, MAX_COMPARED_FILES, MAX_PULL_REQUEST_FILES } from './limits.ts';

/** A file of GitHub's "list pull request files" and "compare two commits"; paths relative to the repository. */
export interface ApiFile {
  readonly filename: string;
  readonly status: string;
  readonly previous_filename?: string | undefined;
}

/** The parts of GitHub's API that say what changed. `src/action` implements it; tests pass plain objects. */
export interface ChangesClient {
  /** `GET /pulls/{pull}`: the head it has now and how many files it changes. */
  getPullRequest(pull: number): Promise<{ readonly head: string; readonly changedFiles: number }>;
  /** `GET /pulls/{pull}/files?per_page=100&page=…`, pages from 1. */
  listPullRequestFiles(pull: number, page: number): Promise<readonly ApiFile[]>;
  /**
   * `GET /compare/{base}...{head}?per_page=1&page=…`: always from the merge base, files on page 1 only.
   * `files` is absent when GitHub could not compare.
   */
  compareCommits(base: string, head: string, page: number): Promise<{ readonly mergeBase: string; readonly files?: readonly ApiFile[] | undefined }>;
}

export interface ApiChangesRequest {
  readonly client: ChangesClient;
  /** Commit ids. */
  readonly base: string;
  readonly head: string;
  /** Number of the pull request; its list of files reaches further than a comparison. */
  readonly pull?: number;
  /** `direct` answers only when base is an ancestor of head: GitHub compares from the merge base. Default `merge-base`. */
  readonly comparison?: 'merge-base' | 'direct';
  /** The root, relative to the repository, with `/`; empty or absent for the repository itself. */
  readonly folder?: string;
}

/**
 * What changed, by GitHub's API, for clones that lack the base commit. A comparison of two commit ids comes first:
 * nobody can change its answer. The list of a pull request follows its branch, so it is trusted only while the head is
 * the commit under test, before and after. GitHub cuts both lists at documented caps; a list that may have been cut is
 * `known: false`. Never throws.
 */
export async function changesByApi(request: ApiChangesRequest): Promise<Changes> {
  try {
    const compared = await byComparison(request);
    if (typeof compared !== 'string') return toChanges(compared, request.folder);
    if (request.pull === undefined) return unknown(compared);
    const listed = await byPullRequest(request.client, request.pull, request.head);
    return typeof listed === 'string' ? unknown(listed) : toChanges(listed, request.folder);
  } catch (error) {
    return unknown(`GitHub’s API did not say what changed: ${toGateError(error).message}`);
  }
}

/** The files, or why there are none. */
async function byComparison({ client, base, head, comparison }: ApiChangesRequest): Promise<readonly ApiFile[] | string> {
  if (/^0+$/.test(base)) return 'The earlier commit is all zeros: the branch was just created, so there is nothing to compare with.';
  const { mergeBase, files } = await client.compareCommits(base, head, 1);
  if (files === undefined) return `GitHub could not compare ${base} with ${head}.`;
  if (comparison === 'direct' && mergeBase !== base) {
    return `${base} is not an ancestor of ${head} (a forced push), and GitHub compares from the common ancestor only; set "fetch-depth: 0" in the checkout step.`;
  }
  if (files.length >= MAX_COMPARED_FILES) {
    return `${MAX_COMPARED_FILES} or more files changed, and GitHub’s comparison ends there; set "fetch-depth: 0" in the checkout step.`;
  }
  return files;
}

async function byPullRequest(client: ChangesClient, pull: number, head: string): Promise<readonly ApiFile[] | string> {
  const before = await client.getPullRequest(pull);
  if (before.head !== head) return moved(pull);
  if (before.changedFiles > MAX_PULL_REQUEST_FILES) {
    return (
      `The pull request changes ${before.changedFiles} files, and GitHub lists ${MAX_PULL_REQUEST_FILES} at most; ` +
      'set "fetch-depth: 0" in the checkout step.'
    );
  }
  const files = new Map<string, ApiFile>();
  for (let page = 1; page <= MAX_PULL_REQUEST_FILES / API_PAGE_FILES; page += 1) {
    const listed = await client.listPullRequestFiles(pull, page);
    for (const file of listed) files.set(file.filename, file);
    if (listed.length < API_PAGE_FILES) break;
  }
  const after = await client.getPullRequest(pull);
  if (after.head !== head) return moved(pull);
  if (files.size !== before.changedFiles) {
    return `GitHub listed ${files.size} of the ${before.changedFiles} files that the pull request changes.`;
  }
  return [...files.values()];
}

function toChanges(files: readonly ApiFile[], folder: string | undefined): Changes {
  const list: Change[] = [];
  for (const file of files) {
    const change = toChange(file);
    if (change === undefined) return unknown(`GitHub reports the status "${file.status}" for ${file.filename}, which modelgate does not know.`);
    if (change === 'unchanged') continue;
    const inside = folder === undefined || folder === '' ? change : insideFolder(change, `${folder.replace(/\/+$/, '')}/`);
    if (inside !== undefined) list.push(inside);
  }
  return { known: true, by: 'api', list };
}

function toChange(file: ApiFile): Change | 'unchanged' | undefined {
  const { filename: path, status, previous_filename: previousPath } = file;
  switch (status) {
    case 'added':
    case 'copied':
      return { path, kind: 'added' };
    case 'modified':
    case 'changed':
      return { path, kind: 'modified' };
    case 'removed':
      return { path, kind: 'deleted' };
    case 'renamed':
      return previousPath === undefined ? { path, kind: 'added' } : { path, kind: 'renamed', previousPath };
    case 'unchanged':
      return 'unchanged';
    default:
      return undefined;
  }
}

/** A rename over the folder's border is an addition or a deletion, as git's `--relative` has it. */
function insideFolder(change: Change, prefix: string): Change | undefined {
  const path = below(change.path, prefix);
  const previousPath = change.previousPath === undefined ? undefined : below(change.previousPath, prefix);
  if (path === undefined) return previousPath === undefined ? undefined : { path: previousPath, kind: 'deleted' };
  if (change.kind !== 'renamed') return { path, kind: change.kind };
  return previousPath === undefined ? { path, kind: 'added' } : { path, kind: 'renamed', previousPath };
}

function below(path: string, prefix: string): string | undefined {
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

function moved(pull: number): string {
  return `Pull request ${pull} has a newer commit than the one under test, so its list of files is not the one to check; the newer run will tell.`;
}

function unknown(reason: string): Changes {
  return { known: false, reason };
}
