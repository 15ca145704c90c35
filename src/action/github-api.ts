import { getOctokit } from '@actions/github';
import type { ApiFile, ChangesClient } from '../artifacts/changes-by-api.ts';
import { API_PAGE_FILES, MAX_FILE_AT_REF_BYTES } from '../artifacts/limits.ts';
import { GateError } from '../errors.ts';

/** The parts of GitHub's API the gate reads. Nothing is ever written, so a read-only token is all it needs. */
export interface GitHubApi extends ChangesClient {
  /** The bytes of a file at a commit, or undefined when the commit has no such file. Path relative to the repository. */
  readFile(path: string, commit: string): Promise<Uint8Array | undefined>;
}

export interface GitHubApiRequest {
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** GITHUB_API_URL: a GitHub Enterprise server has its own. */
  readonly apiUrl: string;
  readonly signal: AbortSignal;
  /** Milliseconds before the second and the third attempt; tests make them short. */
  readonly retryDelays?: readonly number[];
}

const REQUEST_TIMEOUT_MILLISECONDS = 30_000;

/** A hiccup of the server is over after seconds; what lasts longer is an outage, and git is asked instead. */
const RETRY_DELAYS_MILLISECONDS = [1_000, 4_000];

export function connectGitHub(request: GitHubApiRequest): GitHubApi {
  const silent = (): void => undefined;
  const octokit = getOctokit(request.token, { baseUrl: request.apiUrl, log: { debug: silent, info: silent, warn: silent, error: silent } });
  const [owner = '', repo = ''] = request.repository.split('/');
  const readable = new Map<string, Promise<void>>();

  async function get(route: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    const delays = request.retryDelays ?? RETRY_DELAYS_MILLISECONDS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const signal = AbortSignal.any([request.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS)]);
        const { data } = await octokit.request(`GET ${route}`, { owner, repo, ...parameters, request: { signal } });
        return data;
      } catch (thrown) {
        const delay = delays[attempt];
        if (delay === undefined || !isTransient(thrown) || request.signal.aborted) throw asGateError(thrown, route);
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
    }
  }

  /** A 404 for a file may also mean that the token may not see the repository, and that must not look like "no policy". */
  function checkReadable(commit: string): Promise<void> {
    const known = readable.get(commit) ?? get('/repos/{owner}/{repo}/commits/{ref}', { ref: commit, per_page: 1 }).then(() => undefined);
    readable.set(commit, known);
    return known;
  }

  return {
    async getPullRequest(pull) {
      const data = await get('/repos/{owner}/{repo}/pulls/{pull}', { pull });
      const head = text(member(member(data, 'head'), 'sha'));
      const changedFiles = member(data, 'changed_files');
      if (head === undefined || typeof changedFiles !== 'number') throw unexpected('pulls');
      return { head, changedFiles };
    },
    async listPullRequestFiles(pull, page) {
      return apiFiles(await get('/repos/{owner}/{repo}/pulls/{pull}/files', { pull, per_page: API_PAGE_FILES, page }));
    },
    async compareCommits(base, head, page) {
      const data = await get('/repos/{owner}/{repo}/compare/{basehead}', { basehead: `${base}...${head}`, per_page: 1, page });
      const mergeBase = text(member(member(data, 'merge_base_commit'), 'sha'));
      if (mergeBase === undefined) throw unexpected('compare');
      const files = member(data, 'files');
      return { mergeBase, ...(files === undefined ? {} : { files: apiFiles(files) }) };
    },
    async readFile(path, commit) {
      let data: unknown;
      try {
        data = await get(`/repos/{owner}/{repo}/contents/${path.split('/').map(encodeURIComponent).join('/')}`, { ref: commit });
      } catch (thrown) {
        if (!isMissing(thrown)) throw thrown;
        await checkReadable(commit);
        return undefined;
      }
      if (member(data, 'type') !== 'file') {
        throw new GateError({
          code: 'artifact/unreadable',
          message: `${path} is not a regular file at ${commit}.`,
          where: { artifact: path },
          nextStep: 'Commit the file itself.',
        });
      }
      if (member(data, 'encoding') === 'base64') return decoded(member(data, 'content'), path);
      // Above one megabyte the contents API leaves the content out, and the blob has to be asked for.
      const size = member(data, 'size');
      if (typeof size !== 'number' || size > MAX_FILE_AT_REF_BYTES) {
        throw new GateError({ code: 'artifact/too-large', message: `${path} is too large at ${commit}: at most ${MAX_FILE_AT_REF_BYTES} bytes are read.`, where: { artifact: path } });
      }
      const blob = await get('/repos/{owner}/{repo}/git/blobs/{sha}', { sha: text(member(data, 'sha')) ?? '' });
      return decoded(member(blob, 'content'), path);
    },
  };
}

function apiFiles(data: unknown): readonly ApiFile[] {
  if (!Array.isArray(data)) throw unexpected('files');
  return data.map((one: unknown): ApiFile => {
    const [filename, status, previous] = [text(member(one, 'filename')), text(member(one, 'status')), text(member(one, 'previous_filename'))];
    if (filename === undefined || status === undefined) throw unexpected('files');
    return { filename, status, ...(previous === undefined ? {} : { previous_filename: previous }) };
  });
}

function decoded(content: unknown, path: string): Uint8Array {
  if (typeof content !== 'string') throw unexpected(`contents of ${path}`);
  return Buffer.from(content, 'base64');
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function statusOf(thrown: unknown): number | undefined {
  const status = thrown instanceof GateError ? member(thrown.cause, 'status') : member(thrown, 'status');
  return typeof status === 'number' ? status : undefined;
}

const isMissing = (thrown: unknown): boolean => statusOf(thrown) === 404;

/** Server errors and connections that broke off. Octokit reports the latter as status 500 too. */
function isTransient(thrown: unknown): boolean {
  const status = statusOf(thrown);
  return status === undefined || status >= 500;
}

function asGateError(thrown: unknown, route: string): GateError {
  const status = statusOf(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (status === 401 || status === 403 || status === 429) {
    return new GateError({
      code: 'delivery/denied',
      message: `GitHub refused ${route} (${status}): ${message}`,
      nextStep: 'Give the job the permissions "contents: read" and "pull-requests: read", or check out with "fetch-depth: 0" so that git can answer.',
      cause: thrown,
    });
  }
  return new GateError({ code: 'delivery/failed', message: `GitHub did not answer ${route}${status === undefined ? '' : ` (${status})`}: ${message}`, cause: thrown });
}

function unexpected(what: string): GateError {
  return new GateError({ code: 'delivery/failed', message: `GitHub answered a request for ${what} in a form that modelgate does not know.` });
}
