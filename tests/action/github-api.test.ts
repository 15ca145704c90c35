import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectGitHub, type GitHubApi } from '../../src/action/github-api.ts';
import { fakeGitHub, type FakeGitHub, type FakeGitHubOptions } from '../support/fake-github.ts';
import { gitRepository, type GitRepository } from '../support/git-repository.ts';

let upstream: GitRepository;
let base: string;
let head: string;
let server: FakeGitHub | undefined;

beforeAll(() => {
  upstream = gitRepository();
  upstream.write('modelgate.yml', 'extends: strict # é\n');
  upstream.write('models/ü.onnx', 'old');
  upstream.write('large.json', 'x'.repeat(150_000));
  symlinkSync('modelgate.yml', path.join(upstream.root, 'link.yml'));
  base = upstream.commit('base');
  upstream.write('models/ü.onnx', 'new');
  upstream.git('rm', '-q', 'large.json');
  head = upstream.commit('head');
});
afterAll(() => upstream.remove());
afterEach(() => server?.close());

async function connect(options: Partial<FakeGitHubOptions> = {}): Promise<GitHubApi> {
  server = await fakeGitHub({ repositoryRoot: upstream.root, repository: 'o/r', pullRequests: [{ number: 3, base, head }], ...options });
  return connectGitHub({ token: 'secret', repository: 'o/r', apiUrl: server.apiUrl, signal: new AbortController().signal, retryDelays: [1, 1] });
}

describe('connectGitHub', () => {
  it('asks the server of the runner with the token, for reading only', async () => {
    const api = await connect();
    await api.compareCommits(base, head, 1);

    expect(server?.requests).toEqual([`GET /repos/o/r/compare/${base}...${head}?per_page=1&page=1`]);
    expect([...(server?.authorizations ?? [])]).toEqual(['token secret']);
  });

  it('reads a pull request, its files and a comparison', async () => {
    const api = await connect();
    const files = [
      { filename: 'large.json', status: 'removed' },
      { filename: 'models/ü.onnx', status: 'modified' },
    ];

    expect(await api.getPullRequest(3)).toEqual({ head, changedFiles: 2 });
    expect(await api.listPullRequestFiles(3, 1)).toEqual(files);
    expect(await api.listPullRequestFiles(3, 2)).toEqual([]);
    expect(await api.compareCommits(base, head, 1)).toEqual({ mergeBase: base, files });
  });

  it('reads a file at a commit, also one above the size that comes inline', async () => {
    const api = await connect();

    expect(Buffer.from((await api.readFile('modelgate.yml', base)) ?? []).toString('utf8')).toBe('extends: strict # é\n');
    expect(Buffer.from((await api.readFile('models/ü.onnx', head)) ?? []).toString('utf8')).toBe('new');
    expect((await api.readFile('large.json', base))?.byteLength).toBe(150_000);
  });

  it('knows a missing file from a repository it may not see', async () => {
    const api = await connect();

    expect(await api.readFile('missing.yml', base)).toBeUndefined();
    await expect(api.readFile('missing.yml', 'f'.repeat(40))).rejects.toMatchObject({ code: 'delivery/failed' });
  });

  it('refuses a folder and a link', async () => {
    const api = await connect();

    await expect(api.readFile('models', base)).rejects.toMatchObject({ code: 'artifact/unreadable' });
    await expect(api.readFile('link.yml', base)).rejects.toMatchObject({ code: 'artifact/unreadable' });
  });

  it('says that the token lacks a permission', async () => {
    const api = await connect({ permission: 'none' });

    await expect(api.getPullRequest(3)).rejects.toMatchObject({ code: 'delivery/denied', nextStep: expect.stringContaining('contents: read') as string });
  });

  it('asks again after a hiccup of the server, and gives up after the third', async () => {
    expect(await (await connect({ hiccups: [502, 503] })).getPullRequest(3)).toMatchObject({ head });
    await server?.close();
    await expect((await connect({ hiccups: [502, 503, 500] })).getPullRequest(3)).rejects.toMatchObject({ code: 'delivery/failed' });
  });

  it('does not ask again when refused', async () => {
    const api = await connect({ hiccups: [403] });

    await expect(api.getPullRequest(3)).rejects.toMatchObject({ code: 'delivery/denied' });
    expect(server?.requests).toHaveLength(1);
  });
});
