import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { establishChanges } from '../../src/action/changes.ts';
import { connectGitHub, type GitHubApi } from '../../src/action/github-api.ts';
import { openRepository, type Repository } from '../../src/action/repository.ts';
import { fakeGitHub, type FakeGitHub } from '../support/fake-github.ts';
import { gitRepository, runGitIn, type GitRepository } from '../support/git-repository.ts';

let upstream: GitRepository;
let base: string;
let head: string;
let shallow: string;
let server: FakeGitHub | undefined;

beforeAll(() => {
  upstream = gitRepository();
  upstream.write('models/a.onnx', '1');
  base = upstream.commit('base');
  upstream.write('models/b.onnx', '2');
  head = upstream.commit('head');
  shallow = mkdtempSync(path.join(tmpdir(), 'modelgate-shallow-'));
  runGitIn(tmpdir(), 'clone', '-q', '--depth=1', `file://${upstream.root}`, shallow);
});
afterAll(() => {
  upstream.remove();
  rmSync(shallow, { recursive: true, force: true });
});
afterEach(() => server?.close());

async function open(root: string): Promise<Repository> {
  const opened = await openRepository({ root, environment: process.env });
  if (!opened.isOpen) throw new Error(opened.reason);
  return opened.repository;
}

async function api(permission: 'read' | 'none' = 'read'): Promise<GitHubApi> {
  server = await fakeGitHub({ repositoryRoot: upstream.root, repository: 'o/r', permission });
  return connectGitHub({ token: 't', repository: 'o/r', apiUrl: server.apiUrl, signal: new AbortController().signal, retryDelays: [] });
}

const compared = (): Parameters<typeof establishChanges>[0] => ({ kind: 'commits', base, apiHead: head, how: 'direct', apiHow: 'direct' });
const log = (): void => undefined;
const list = [{ path: 'models/b.onnx', kind: 'added' }];

describe('establishChanges', () => {
  it('takes git’s word without asking the API', async () => {
    const changes = await establishChanges(compared(), { repository: await open(upstream.root), api: await api(), prefix: '', log });

    expect(changes).toEqual({ known: true, by: 'git', list });
    expect(server?.requests).toEqual([]);
  });

  it('asks the API when git lacks the base, and when there is no git', async () => {
    expect(await establishChanges(compared(), { repository: await open(shallow), api: await api(), prefix: '', log })).toEqual({ known: true, by: 'api', list });
    await server?.close();
    expect(await establishChanges(compared(), { repository: undefined, api: await api(), prefix: 'models/', log })).toEqual({
      known: true,
      by: 'api',
      list: [{ path: 'b.onnx', kind: 'added' }],
    });
  });

  it('cannot tell when neither can, and gives both reasons', async () => {
    const denied = await establishChanges(compared(), { repository: await open(shallow), api: await api('none'), prefix: '', log });
    const without = await establishChanges(compared(), { repository: await open(shallow), api: undefined, prefix: '', log });

    expect(denied).toMatchObject({ known: false, reason: expect.stringMatching(/shallow.*403/s) as string });
    expect(without).toMatchObject({ known: false, reason: expect.stringContaining('there is no token') as string });
  });

  it('asks nobody when the files on disk are not those of the change', async () => {
    const changes = await establishChanges({ ...compared(), mismatch: 'another commit is checked out' }, { repository: await open(upstream.root), api: await api(), prefix: '', log });

    expect(changes).toEqual({ known: false, reason: 'another commit is checked out' });
    expect(server?.requests).toEqual([]);
  });
});
