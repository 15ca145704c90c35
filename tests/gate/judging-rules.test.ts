import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseFiles } from '../../src/action/base-files.ts';
import { diskFiles, type JudgingFiles } from '../../src/gate/judging-files.ts';
import { readJudgingRules, type JudgingRules } from '../../src/gate/judging-rules.ts';
import { openRepository } from '../../src/action/repository.ts';
import { gitRepository, type GitRepository } from '../support/git-repository.ts';

const lockfile = (sha256: string): string => JSON.stringify({ version: 1, artifacts: [{ path: 'a.onnx', sha256: sha256.repeat(64), size: 1 }] });

let checkout: GitRepository;
beforeEach(() => {
  checkout = gitRepository();
});
afterEach(() => checkout.remove());

async function atBase(commit: string): Promise<JudgingFiles> {
  const opened = await openRepository({ root: checkout.root, environment: process.env });
  if (!opened.isOpen) throw new Error(opened.reason);
  return baseFiles({ root: checkout.root, commit, repository: opened.repository, api: undefined, prefix: '' });
}

async function read(commit: string | undefined, given: { policy?: string; lockfile?: string } = {}, folder = ''): Promise<JudgingRules> {
  const files = commit === undefined ? diskFiles(path.join(checkout.root, folder)) : await atBase(commit);
  return readJudgingRules({ root: path.join(checkout.root, folder), workspace: checkout.root, policy: given.policy, lockfile: given.lockfile, files });
}

describe('readJudgingRules', () => {
  it('has the base’s policy and lockfile in force and reports what the head made of them', async () => {
    checkout.write('modelgate.yml', 'version: 1\nid: ours\nextends: [./shared/base.yml]\n');
    checkout.write('shared/base.yml', 'version: 1\nextends: [strict]\n');
    checkout.write('modelgate.lock.json', lockfile('a'));
    const base = checkout.commit('base');
    checkout.write('shared/base.yml', 'version: 1\nextends: [observe]\n');
    checkout.write('modelgate.lock.json', lockfile('b'));
    checkout.commit('head');

    const rules = await read(base);

    expect(rules.policy).toMatchObject({ id: 'ours', source: 'modelgate.yml', unknownChanges: 'fail' });
    expect(rules.lockfile?.path).toBe(path.join(checkout.root, 'modelgate.lock.json'));
    expect(rules.lockfile?.content.artifacts[0]?.sha256).toBe('a'.repeat(64));
    expect(rules.ignoredHeadChanges).toEqual([
      { file: 'modelgate.lock.json', kind: 'lockfile' },
      { file: 'shared/base.yml', kind: 'policy' },
    ]);
  });

  it('has the default policy in force when the base has none, whatever the head brings', async () => {
    const base = checkout.commit('base');
    checkout.write('modelgate.yml', 'version: 1\nextends: [observe]\n');
    checkout.write('modelgate.lock.json', lockfile('b'));
    checkout.commit('head');

    const rules = await read(base);

    expect(rules.policy.source).toBe('built-in:recommended');
    expect(rules.lockfile).toBeUndefined();
    expect(rules.ignoredHeadChanges.map((one) => one.file)).toEqual(['modelgate.lock.json', 'modelgate.yml']);
  });

  it('ignores no change where the files on disk are trusted', async () => {
    checkout.write('.modelgate.yml', 'version: 1\nid: disk\nextends: [strict]\n');

    expect(await read(undefined)).toMatchObject({ policy: { id: 'disk' }, ignoredHeadChanges: [] });
  });

  it('takes a ready policy by its name', async () => {
    expect((await read(undefined, { policy: 'strict' })).policy.source).toBe('built-in:strict');
  });

  it('refuses a named policy or lockfile that the base does not have, although the head does', async () => {
    const base = checkout.commit('base');
    checkout.write('gate.yml', 'version: 1\nextends: [observe]\n');
    checkout.write('my.lock.json', lockfile('b'));
    checkout.commit('head');

    await expect(read(base, { policy: 'gate.yml' })).rejects.toMatchObject({ code: 'policy/not-found' });
    await expect(read(base, { lockfile: 'my.lock.json' })).rejects.toMatchObject({ code: 'lockfile/not-found' });
  });

  it('speaks of no commit where the files on disk are what was looked for', async () => {
    await expect(read(undefined, { policy: 'absent.yml' })).rejects.toMatchObject({ code: 'policy/not-found', message: 'There is no policy "absent.yml".', nextStep: expect.stringContaining('Check the path') as string });
    await expect(read(undefined, { lockfile: 'absent.json' })).rejects.toMatchObject({ code: 'lockfile/not-found', message: 'There is no lockfile "absent.json".' });
  });

  it('takes a policy outside of the checkout from disk: the workflow put it there', async () => {
    const base = checkout.commit('base');
    const outside = mkdtempSync(path.join(tmpdir(), 'modelgate-policies-'));
    writeFileSync(path.join(outside, 'company.yml'), 'version: 1\nid: company\nextends: [./common.yml]\n');
    writeFileSync(path.join(outside, 'common.yml'), 'version: 1\nextends: [strict]\n');

    expect((await read(base, { policy: path.join(outside, 'company.yml') })).policy).toMatchObject({ id: 'company', unknownChanges: 'fail' });
    rmSync(outside, { recursive: true });
  });

  it('takes a policy above the working directory', async () => {
    checkout.write('company.yml', 'version: 1\nid: above\nextends: [strict]\n');
    checkout.write('sub/readme.md', '');

    expect((await read(undefined, { policy: '../company.yml' }, 'sub')).policy.id).toBe('above');
  });

  it('says where a policy is wrong', async () => {
    checkout.write('modelgate.yml', 'version: 1\nid: x\nfail: never\n');

    await expect(read(undefined)).rejects.toMatchObject({ code: 'policy/invalid', where: { line: 3 } });
  });
});
