import { execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakePullRequest {
  readonly number: number;
  readonly base: string;
  readonly head: string;
}

export interface FakeGitHubOptions {
  /** A repository that has every commit: what GitHub knows and a shallow clone does not. */
  readonly repositoryRoot: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly pullRequests?: readonly FakePullRequest[];
  /** What the token may do. A read-only token gets 403 for every write, `none` for everything. */
  readonly permission?: 'read' | 'none';
  /** Status codes to answer the next requests with, one each, before answering as usual. */
  readonly hiccups?: readonly number[];
}

export interface FakeGitHub {
  readonly apiUrl: string;
  /** `METHOD /path?query` of every request, in order. */
  readonly requests: readonly string[];
  /** Values of the Authorization header. */
  readonly authorizations: ReadonlySet<string>;
  readonly close: () => Promise<void>;
}

/**
 * The parts of GitHub's API that the action uses, over a real git repository, on loopback: pull requests and their
 * files, comparisons, contents, blobs, commits. Everything else is 404, every write 403, as for a read-only token.
 */
export async function fakeGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  const requests: string[] = [];
  const authorizations = new Set<string>();
  const hiccups = [...(options.hiccups ?? [])];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.headers.authorization !== undefined) authorizations.add(request.headers.authorization);
    const hiccup = hiccups.shift();
    if (hiccup !== undefined) return send(response, hiccup, { message: 'try again' });
    answer(request, response, options);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}`,
    requests,
    authorizations,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error === undefined ? resolve() : reject(error)));
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, options: FakeGitHubOptions): void {
  if (request.method !== 'GET' || options.permission === 'none') return send(response, 403, { message: 'Resource not accessible by integration' });
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const prefix = `/repos/${options.repository}/`;
  if (!url.pathname.startsWith(prefix)) return send(response, 404, { message: 'Not Found' });
  const [resource, ...rest] = url.pathname.slice(prefix.length).split('/').map(decodeURIComponent);
  const git = gitOf(options.repositoryRoot);
  const pull = (options.pullRequests ?? []).find((one) => String(one.number) === rest[0]);

  if (resource === 'pulls' && pull !== undefined && rest.length === 1) {
    return send(response, 200, { number: pull.number, head: { sha: pull.head }, base: { sha: pull.base }, changed_files: files(git, pull.base, pull.head).length });
  }
  if (resource === 'pulls' && pull !== undefined && rest[1] === 'files') {
    const [page, size] = [Number(url.searchParams.get('page') ?? 1), Number(url.searchParams.get('per_page') ?? 30)];
    return send(response, 200, files(git, pull.base, pull.head).slice((page - 1) * size, page * size));
  }
  if (resource === 'compare') {
    const [base = '', head = ''] = (rest[0] ?? '').split('...');
    const mergeBase = git('merge-base', base, head);
    if (mergeBase === undefined) return send(response, 404, { message: 'No common ancestor' });
    return send(response, 200, { merge_base_commit: { sha: mergeBase.trim() }, files: files(git, base, head).slice(0, 300) });
  }
  if (resource === 'contents') return contents(response, git, url.searchParams.get('ref') ?? 'HEAD', rest.join('/'));
  if (resource === 'git' && rest[0] === 'blobs') {
    const blob = git('cat-file', 'blob', rest[1] ?? '');
    if (blob === undefined) return send(response, 404, { message: 'Not Found' });
    return send(response, 200, { encoding: 'base64', content: Buffer.from(blob, 'latin1').toString('base64') });
  }
  if (resource === 'commits') {
    const commit = git('rev-parse', '--verify', `${rest[0]}^{commit}`);
    return commit === undefined ? send(response, 404, { message: 'Not Found' }) : send(response, 200, { sha: commit.trim() });
  }
  send(response, 404, { message: 'Not Found' });
}

/** Larger files come without content from the real API; this one is small, so that tests need no megabytes. */
const MAX_INLINE_BYTES = 100_000;

type Git = (...args: readonly string[]) => string | undefined;

function contents(response: ServerResponse, git: Git, ref: string, file: string): void {
  const listed = git('ls-tree', '-l', ref, '--', file)?.trim();
  const [, mode, type, sha, size] = /^(\d+) (\w+) ([0-9a-f]+) +(\S+)\t/.exec(listed ?? '') ?? [];
  if (mode === undefined || sha === undefined) return send(response, 404, { message: 'Not Found' });
  if (type !== 'blob') return send(response, 200, [{ type: 'file', path: `${file}/a` }]);
  if (mode === '120000') return send(response, 200, { type: 'symlink', sha });
  const isInline = Number(size) <= MAX_INLINE_BYTES;
  const content = isInline ? Buffer.from(git('cat-file', 'blob', sha) ?? '', 'latin1').toString('base64') : '';
  send(response, 200, { type: 'file', size: Number(size), sha, encoding: isInline ? 'base64' : 'none', content: content.replace(/.{60}/g, '$&\n') });
}

function files(git: Git, base: string, head: string): { filename: string; status: string; previous_filename?: string }[] {
  const mergeBase = git('merge-base', base, head)?.trim() ?? base;
  const listed = git('diff-tree', '-r', '-z', '-M', '--name-status', mergeBase, head) ?? '';
  const fields = Buffer.from(listed, 'latin1').toString('utf8').split('\0').filter((one) => one !== '');
  const found: { filename: string; status: string; previous_filename?: string }[] = [];
  for (let index = 0; index < fields.length; ) {
    const status = (fields[index] ?? '')[0] ?? '';
    const path = fields[index + 1] ?? '';
    if (status === 'R') {
      found.push({ filename: fields[index + 2] ?? '', status: 'renamed', previous_filename: path });
      index += 3;
    } else {
      found.push({ filename: path, status: { A: 'added', M: 'modified', D: 'removed', T: 'changed' }[status] ?? 'changed' });
      index += 2;
    }
  }
  return found;
}

function gitOf(root: string): Git {
  return (...args) => {
    try {
      return execFileSync('git', ['-C', root, '-c', 'safe.directory=*', ...args], { encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 });
    } catch {
      return undefined;
    }
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
