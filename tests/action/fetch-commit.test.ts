import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchCommit, fetchMissing } from '../../src/action/fetch-commit.ts';
import { hasCommit, openRepository, type Repository } from '../../src/action/repository.ts';
import { gitRepository, runGitIn, type GitRepository } from '../support/git-repository.ts';

let upstream: GitRepository;
let base: string;
let folder: string;
beforeEach(() => {
  upstream = gitRepository();
  upstream.write('a', '1');
  base = upstream.commit('base');
  upstream.write('a', '2');
  upstream.commit('head');
  folder = mkdtempSync(path.join(tmpdir(), 'modelgate-clone-'));
  runGitIn(tmpdir(), 'clone', '-q', '--depth=1', `file://${upstream.root}`, folder);
});
afterEach(() => {
  upstream.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function clone(): Promise<Repository> {
  const opened = await openRepository({ root: folder, environment: process.env });
  if (!opened.isOpen) throw new Error(opened.reason);
  return opened.repository;
}

describe('fetchCommit', () => {
  it('brings a commit that a shallow clone lacks', async () => {
    const repository = await clone();
    const said: string[] = [];

    expect(await hasCommit(repository, base)).toBe(false);
    await fetchMissing(repository, [base, repository.checkedOut], undefined, (message) => said.push(message));
    expect(await hasCommit(repository, base)).toBe(true);
    expect(said).toEqual([`The base commit ${base.slice(0, 12)} was fetched.`]);
  });

  it('says why when there is no such commit and when there is no origin', async () => {
    const repository = await clone();

    expect(await fetchCommit(repository, 'f'.repeat(40), undefined)).toContain('f'.repeat(40));
    runGitIn(folder, 'remote', 'remove', 'origin');
    expect(await fetchCommit(repository, base, undefined)).toMatch(/origin|repository/);
  });

  it('sends the token to the server of the runner, once, instead of a stored header', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    runGitIn(folder, 'remote', 'set-url', 'origin', `${serverUrl}/o/r`);
    runGitIn(folder, 'config', `http.${serverUrl}/.extraheader`, 'AUTHORIZATION: basic stored');

    await fetchCommit(await clone(), base, { token: 'secret', serverUrl });
    await fetchCommit(await clone(), base, { token: 'secret', serverUrl: 'https://elsewhere.example' });
    await new Promise((resolve) => server.close(resolve));

    expect(seen).toEqual([`basic ${Buffer.from('x-access-token:secret').toString('base64')}`, 'basic stored']);
  });
});
