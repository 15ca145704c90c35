import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasCommit, openRepository, parentsOf } from '../../src/action/repository.ts';
import { gitRepository, runGitIn, type GitRepository } from '../support/git-repository.ts';

let upstream: GitRepository;
let first: string;
let second: string;
beforeAll(() => {
  upstream = gitRepository();
  upstream.write('sub folder/ü/a', '1');
  first = upstream.commit('first');
  second = upstream.commit('parent 0000000000000000000000000000000000000000\n\nparent 1111111111111111111111111111111111111111');
});
afterAll(() => upstream.remove());

describe('openRepository', () => {
  it('knows the commit that is checked out and where the root lies in the repository', async () => {
    const opened = await openRepository({ root: path.join(upstream.root, 'sub folder/ü'), environment: process.env });

    expect(opened).toMatchObject({ isOpen: true, repository: { checkedOut: second, prefix: 'sub folder/ü/' } });
  });

  it('says why there is none', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'modelgate-empty-'));

    expect(await openRepository({ root: folder, environment: process.env })).toMatchObject({ isOpen: false, reason: expect.stringContaining('git repository') as string });
    runGitIn(folder, 'init', '-q');
    expect(await openRepository({ root: folder, environment: process.env })).toMatchObject({ isOpen: false });
    rmSync(folder, { recursive: true });
  });
});

describe('parentsOf', () => {
  it('reads them from the commit’s header, never from its message, also in a shallow clone', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'modelgate-shallow-'));
    runGitIn(tmpdir(), 'clone', '-q', '--depth=1', `file://${upstream.root}`, folder);
    const opened = await openRepository({ root: folder, environment: process.env });
    if (!opened.isOpen) throw new Error(opened.reason);

    expect(await hasCommit(opened.repository, first)).toBe(false);
    expect(await parentsOf(opened.repository, second)).toEqual([first]);
    expect(await parentsOf(opened.repository, first)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
