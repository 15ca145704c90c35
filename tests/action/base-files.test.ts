import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseFiles } from '../../src/action/base-files.ts';
import { diskFiles, type JudgingFiles } from '../../src/gate/judging-files.ts';
import type { GitHubApi } from '../../src/action/github-api.ts';
import { openRepository } from '../../src/action/repository.ts';
import { GateError } from '../../src/errors.ts';
import { gitRepository, type GitRepository } from '../support/git-repository.ts';

let checkout: GitRepository;
let base: string;
beforeEach(() => {
  checkout = gitRepository();
  checkout.write('modelgate.yml', 'strict\n');
  checkout.write('sub/modelgate.yml', 'sub\n');
  base = checkout.commit('base');
  checkout.write('modelgate.yml', 'weak\n');
  checkout.commit('head');
});
afterEach(() => checkout.remove());

async function byGit(commit: string, api?: GitHubApi, folder = ''): Promise<JudgingFiles> {
  const root = path.join(checkout.root, folder);
  const opened = await openRepository({ root, environment: process.env });
  if (!opened.isOpen) throw new Error(opened.reason);
  return baseFiles({ root, commit, repository: opened.repository, api, prefix: opened.repository.prefix });
}

const unused = (): Promise<never> => Promise.reject(new Error('not asked in this test'));

/** An API that has these files at every commit. */
function apiWith(files: Readonly<Record<string, string>>): GitHubApi {
  return {
    getPullRequest: unused,
    listPullRequestFiles: unused,
    compareCommits: unused,
    readFile: async (file) => (files[file] === undefined ? undefined : Buffer.from(files[file])),
  };
}

describe('baseFiles', () => {
  it('reads the base commit’s file, not the one on disk, and says that it differs', async () => {
    const files = await byGit(base);

    expect(await files.read('modelgate.yml')).toBe('strict\n');
    expect(await files.ignoredChanges()).toEqual(['modelgate.yml']);
  });

  it('reports a file that the head adds, and one that it deletes', async () => {
    checkout.write('.modelgate.yml', 'mine\n');
    rmSync(path.join(checkout.root, 'modelgate.yml'));
    const files = await byGit(base);

    expect(await files.read('.modelgate.yml')).toBeUndefined();
    expect(await files.read('modelgate.yml')).toBe('strict\n');
    expect(await files.read('absent.yml')).toBeUndefined();
    expect(await files.ignoredChanges()).toEqual(['.modelgate.yml', 'modelgate.yml']);
  });

  it('takes other line endings on disk for no change', async () => {
    const files = await byGit(base, undefined, 'sub');
    writeFileSync(path.join(checkout.root, 'sub/modelgate.yml'), 'sub\r\n');

    expect(await files.read('modelgate.yml')).toBe('sub\n');
    expect(await files.ignoredChanges()).toEqual([]);
  });

  it('reads a file above a working directory', async () => {
    expect(await (await byGit(base, undefined, 'sub')).read('../modelgate.yml')).toBe('strict\n');
  });

  it('asks the API, with paths of the repository, when git does not have the commit', async () => {
    const files = await byGit('f'.repeat(40), apiWith({ 'sub/modelgate.yml': 'from the API\n' }), 'sub');

    expect(await files.read('modelgate.yml')).toBe('from the API\n');
    expect(await files.read('other.yml')).toBeUndefined();
  });

  it('throws instead of saying "no such file" when neither git nor the API can tell', async () => {
    const denied: GitHubApi = { ...apiWith({}), readFile: () => Promise.reject(new GateError({ code: 'delivery/denied', message: '403' })) };

    await expect((await byGit('f'.repeat(40))).read('modelgate.yml')).rejects.toMatchObject({ code: 'changes/unknown' });
    await expect((await byGit('f'.repeat(40), denied)).read('modelgate.yml')).rejects.toMatchObject({ code: 'changes/unknown' });
    await expect(
      baseFiles({ root: checkout.root, commit: base, repository: undefined, api: undefined, prefix: '' }).read('modelgate.yml'),
    ).rejects.toMatchObject({ code: 'changes/unknown' });
  });

  it('refuses a file that leaves the repository and one that is no text', async () => {
    checkout.write('binary.yml', new Uint8Array([0xff, 0xfe, 0x00]));
    const commit = checkout.commit('binary');

    await expect((await byGit(base)).read('../outside.yml')).rejects.toMatchObject({ code: 'arguments/invalid' });
    await expect((await byGit('f'.repeat(40), apiWith({}))).read('../outside.yml')).rejects.toMatchObject({ code: 'arguments/invalid' });
    await expect((await byGit(commit)).read('binary.yml')).rejects.toMatchObject({ code: 'artifact/unreadable' });
  });
});

describe('diskFiles', () => {
  it('reads what is on disk and ignores no change', async () => {
    const files = diskFiles(checkout.root);

    expect(await files.read('modelgate.yml')).toBe('weak\n');
    expect(await files.read('absent.yml')).toBeUndefined();
    expect(await files.read('modelgate.yml/below')).toBeUndefined();
    expect(await files.ignoredChanges()).toEqual([]);
    await expect(files.read('sub')).rejects.toMatchObject({ code: 'artifact/unreadable' });
  });
});
