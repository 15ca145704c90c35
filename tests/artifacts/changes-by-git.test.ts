import { chownSync, existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Changes } from '../../src/artifacts/changes.ts';
import { changesByGit } from '../../src/artifacts/changes-by-git.ts';
import { gitRepository, repositoryAt, type GitRepository } from './git-repository.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function clone(from: GitRepository, ...options: string[]): Promise<GitRepository> {
  const root = path.join(await temporaryFolder(), 'clone');
  from.git('clone', '--quiet', ...options, `file://${from.root}`, root);
  return repositoryAt(root);
}

const listOf = (changes: Changes) => (changes.known ? changes.list : changes.reason);
const reasonOf = listOf;

describe('changesByGit', () => {
  it('lists what a branch added, modified, deleted and renamed', async () => {
    const repository = await gitRepository();
    const base = repository.commit({ 'a.onnx': 'a', 'b.onnx': 'b', 'c.onnx': 'cccc', 'same.onnx': 's' });
    const head = repository.commit({ 'a.onnx': 'A', 'b.onnx': undefined, 'c.onnx': undefined, 'moved/c.onnx': 'cccc', 'new.onnx': 'n' });

    expect(await changesByGit({ root: repository.root, base, head })).toEqual({
      known: true,
      by: 'git',
      list: [
        { path: 'a.onnx', kind: 'modified' },
        { path: 'b.onnx', kind: 'deleted' },
        { path: 'moved/c.onnx', kind: 'renamed', previousPath: 'c.onnx' },
        { path: 'new.onnx', kind: 'added' },
      ],
    });
  });

  it('treats a renamed file with other content as a new artifact', async () => {
    const repository = await gitRepository();
    const content = 'weights\n'.repeat(100);
    const base = repository.commit({ 'old.onnx': content });
    const head = repository.commit({ 'old.onnx': undefined, 'new.onnx': `${content}!` });

    expect(listOf(await changesByGit({ root: repository.root, base, head }))).toEqual([
      { path: 'new.onnx', kind: 'added' },
      { path: 'old.onnx', kind: 'deleted' },
    ]);
  });

  it('compares a pull request from where it left the base, and a push directly', async () => {
    const repository = await gitRepository();
    repository.commit({ 'a.onnx': '1' });
    repository.git('checkout', '--quiet', '-b', 'topic');
    const head = repository.commit({ 'b.onnx': 'topic' });
    repository.git('checkout', '--quiet', 'main');
    const base = repository.commit({ 'a.onnx': '2' });

    expect(listOf(await changesByGit({ root: repository.root, base, head }))).toEqual([{ path: 'b.onnx', kind: 'added' }]);
    expect(listOf(await changesByGit({ root: repository.root, base: 'main', head: 'topic', comparison: 'direct' }))).toEqual([
      { path: 'a.onnx', kind: 'modified' },
      { path: 'b.onnx', kind: 'added' },
    ]);
    expect(listOf(await changesByGit({ root: repository.root, base: 'main', head: 'main' }))).toEqual([]);
  });

  it('takes what differs from any merge base where histories crossed', async () => {
    const repository = await gitRepository();
    repository.commit({ 'root.txt': '0' });
    repository.git('checkout', '--quiet', '-b', 'topic');
    const left = repository.commit({ 'left.onnx': 'l' });
    repository.git('checkout', '--quiet', 'main');
    const right = repository.commit({ 'right.onnx': 'r' });
    repository.git('merge', '--quiet', '--no-edit', left);
    repository.git('checkout', '--quiet', 'topic');
    repository.git('merge', '--quiet', '--no-edit', right);
    const head = repository.commit({ 'new.onnx': 'n' });
    const paths = listOf(await changesByGit({ root: repository.root, base: 'main', head }));

    expect(paths).toEqual(expect.arrayContaining([{ path: 'new.onnx', kind: 'added' }]));
    expect(paths).toHaveLength(3);
  });

  it('gives paths relative to a folder inside the repository, and leaves out the rest', async () => {
    const repository = await gitRepository();
    const base = repository.commit({ 'ml/a.onnx': 'a', 'ml/leaves.onnx': 'l', 'other.onnx': 'o' });
    const head = repository.commit({ 'ml/a.onnx': 'A', 'ml/deep/new.onnx': 'x', 'ml/leaves.onnx': undefined, 'leaves.onnx': 'l', 'other.onnx': 'O' });

    expect(listOf(await changesByGit({ root: path.join(repository.root, 'ml'), base, head }))).toEqual([
      { path: 'a.onnx', kind: 'modified' },
      { path: 'deep/new.onnx', kind: 'added' },
      { path: 'leaves.onnx', kind: 'deleted' },
    ]);
  });

  it('keeps unusual file names as they are', async () => {
    const repository = await gitRepository();
    const names = ['with space.onnx', 'line\nbreak.onnx', 'tab\t"quote".onnx', 'back\\slash.onnx', '模型 ä.onnx', '-rf.onnx', ':(glob)*.onnx', '.hidden/.onnx'];
    const base = repository.commit({ 'readme.md': '' });
    const head = repository.commit(Object.fromEntries(names.map((name, index) => [name, `content ${index}`])));
    const found = listOf(await changesByGit({ root: repository.root, base, head }));

    expect(found).toHaveLength(names.length);
    expect(found).toEqual(expect.arrayContaining(names.map((name) => ({ path: name, kind: 'added' }))));
  });

  it('counts a file that becomes a link, and one that only changes its mode, as modified', async () => {
    const repository = await gitRepository();
    const base = repository.commit({ 'a.onnx': 'a', 'b.onnx': 'b' });
    rmSync(path.join(repository.root, 'a.onnx'));
    symlinkSync('/etc/passwd', path.join(repository.root, 'a.onnx'));
    repository.git('update-index', '--chmod=+x', 'b.onnx');
    repository.git('add', 'a.onnx');
    repository.git('commit', '--quiet', '--message', 'links');

    expect(listOf(await changesByGit({ root: repository.root, base, head: 'HEAD' }))).toEqual([
      { path: 'a.onnx', kind: 'modified' },
      { path: 'b.onnx', kind: 'modified' },
    ]);
  });

  it('could not tell, and says what to do, where a shallow clone lacks the base', async () => {
    const origin = await gitRepository();
    const base = origin.commit({ 'a.onnx': '1' });
    origin.commit({ 'a.onnx': '2' });
    const shallow = await clone(origin, '--depth=1');
    const reason = reasonOf(await changesByGit({ root: shallow.root, base, head: 'HEAD' }));

    expect(reason).toBe(
      `The commit ${base} is not in this clone, which is shallow; set "fetch-depth: 0" in the checkout step, or run: git fetch --depth=1 origin ${base}`,
    );
  });

  it('could not tell where a shallow clone hides the common ancestor, but compares directly', async () => {
    const origin = await gitRepository();
    origin.commit({ 'a.onnx': '1' });
    const base = origin.commit({ 'b.onnx': 'b' });
    origin.git('checkout', '--quiet', '-b', 'topic', 'main~1');
    origin.commit({ 'c.onnx': 'c' });
    const head = origin.commit({ 'd.onnx': 'd' });
    const shallow = await clone(origin, '--depth=1', '--branch=topic');
    shallow.git('fetch', '--quiet', '--depth=1', 'origin', base);

    expect(reasonOf(await changesByGit({ root: shallow.root, base, head }))).toMatch(/no common ancestor in this clone; set "fetch-depth: 0"/);
    expect(listOf(await changesByGit({ root: shallow.root, base, head, comparison: 'direct' }))).toEqual([
      { path: 'b.onnx', kind: 'deleted' },
      { path: 'c.onnx', kind: 'added' },
      { path: 'd.onnx', kind: 'added' },
    ]);
  });

  it('could not tell after a forced push whose earlier commit is gone, or is unrelated', async () => {
    const repository = await gitRepository();
    const head = repository.commit({ 'a.onnx': '1' });
    repository.git('checkout', '--quiet', '--orphan', 'elsewhere');
    const unrelated = repository.commit({ 'a.onnx': '2' });
    const gone = 'deadbeef'.repeat(5);

    expect(reasonOf(await changesByGit({ root: repository.root, base: gone, head }))).toBe(
      `The commit ${gone} is not in this clone; fetch it with: git fetch origin ${gone}`,
    );
    expect(reasonOf(await changesByGit({ root: repository.root, base: unrelated, head }))).toMatch(/have no common ancestor/);
    expect(listOf(await changesByGit({ root: repository.root, base: unrelated, head, comparison: 'direct' }))).toEqual([{ path: 'a.onnx', kind: 'modified' }]);
  });

  it('could not tell what a push that creates a branch changed', async () => {
    const repository = await gitRepository();
    const head = repository.commit({ 'a.onnx': '1' });

    expect(reasonOf(await changesByGit({ root: repository.root, base: '0'.repeat(40), head }))).toMatch(/^The earlier commit is all zeros/);
  });

  it.each(['--output=stolen', '-O/etc/passwd', 'HEAD..HEAD', 'HEAD:a.onnx', ':/text', '', 'a b', 'a\nb', 'HEAD\0'])(
    'does not hand git a ref that could be something else: %j',
    async (ref) => {
      const repository = await gitRepository();
      repository.commit({ 'a.onnx': '1' });

      expect(reasonOf(await changesByGit({ root: repository.root, base: ref, head: 'HEAD' }))).toBe(`${JSON.stringify(ref)} is no name of a commit.`);
      expect(reasonOf(await changesByGit({ root: repository.root, base: 'HEAD', head: ref }))).toBe(`${JSON.stringify(ref)} is no name of a commit.`);
      expect(readdirSync(repository.root).sort()).toEqual(['.git', 'a.onnx']);
    },
  );

  it('could not tell for a ref that names no commit', async () => {
    const repository = await gitRepository();
    repository.commit({ 'a.onnx': '1' });
    const blob = repository.git('rev-parse', 'HEAD:a.onnx');

    for (const ref of ['nowhere', blob]) {
      expect(reasonOf(await changesByGit({ root: repository.root, base: ref, head: 'HEAD' }))).toMatch(/is not in this clone; fetch it/);
    }
  });

  it('could not tell outside of a repository, in a folder that is gone, or without git', async () => {
    const folder = await temporaryFolder();
    const request = { base: 'HEAD~1', head: 'HEAD' };

    expect(reasonOf(await changesByGit({ ...request, root: folder }))).toMatch(/is not inside a git repository/);
    expect(reasonOf(await changesByGit({ ...request, root: path.join(folder, 'gone') }))).toMatch(/^git failed: .*cannot change to/);
    expect(reasonOf(await changesByGit({ ...request, root: folder, environment: { PATH: folder } }))).toMatch(/^git could not be started/);
  });

  it.runIf(process.getuid?.() === 0)('reads a repository that belongs to another user, as in a container job', async () => {
    const repository = await gitRepository();
    const base = repository.commit({ 'a.onnx': '1' });
    const head = repository.commit({ 'a.onnx': '2' });
    for (const folder of [repository.root, path.join(repository.root, '.git')]) chownSync(folder, 12345, 12345);

    expect(() => repository.git('status')).toThrow(/dubious ownership/);
    expect(listOf(await changesByGit({ root: repository.root, base, head }))).toEqual([{ path: 'a.onnx', kind: 'modified' }]);
  });

  it('starts no program that the repository’s own configuration names', async () => {
    const repository = await gitRepository();
    const base = repository.commit({ 'a.txt': '1', '.gitattributes': '*.txt diff=evil filter=evil\n' });
    const head = repository.commit({ 'a.txt': '2' });
    const trace = path.join(repository.root, 'ran');
    const program = path.join(repository.root, 'evil.sh');
    writeFileSync(program, `#!/bin/sh\ntouch '${trace}'\ncat\n`, { mode: 0o755 });
    for (const key of ['core.fsmonitor', 'diff.external', 'diff.evil.command', 'diff.evil.textconv', 'filter.evil.smudge', 'filter.evil.clean', 'core.pager', 'core.sshCommand']) {
      repository.git('config', key, program);
    }

    expect(listOf(await changesByGit({ root: repository.root, base, head }))).toEqual([{ path: 'a.txt', kind: 'modified' }]);
    expect(existsSync(trace)).toBe(false);
  });

  it('is not deceived by replaced objects', async () => {
    const repository = await gitRepository();
    const base = repository.commit({ 'a.onnx': '1' });
    const head = repository.commit({ 'a.onnx': '2' });
    repository.git('replace', head, base);

    expect(listOf(await changesByGit({ root: repository.root, base, head, comparison: 'direct' }))).toEqual([{ path: 'a.onnx', kind: 'modified' }]);
  });

  it('needs no file contents: a clone without blobs is enough, and nothing is fetched', async () => {
    const origin = await gitRepository();
    origin.git('config', 'uploadpack.allowFilter', 'true');
    const base = origin.commit({ 'a.onnx': 'same content', 'b.onnx': '1' });
    const head = origin.commit({ 'a.onnx': undefined, 'c.onnx': 'same content', 'b.onnx': '2' });
    const partial = await clone(origin, '--filter=blob:none', '--no-checkout');
    const missing = () => partial.git('rev-list', '--objects', '--missing=print', head).match(/^\?/gm)?.length ?? 0;
    const before = missing();

    expect(before).toBeGreaterThan(0);
    expect(listOf(await changesByGit({ root: partial.root, base, head }))).toEqual([
      { path: 'b.onnx', kind: 'modified' },
      { path: 'c.onnx', kind: 'renamed', previousPath: 'a.onnx' },
    ]);
    expect(missing()).toBe(before);
  });

  it('takes every file of a changed submodule for changed, and could not tell when it is not checked out', async () => {
    const inner = await gitRepository();
    inner.commit({ 'x.onnx': '1', 'deep/y.onnx': '1' });
    const outer = await gitRepository();
    const base = outer.commit({ 'readme.md': '' });
    outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'vendor/models');
    const head = outer.commit({});

    expect(listOf(await changesByGit({ root: outer.root, base, head }))).toEqual([
      { path: '.gitmodules', kind: 'added' },
      { path: 'vendor/models', kind: 'added' },
      { path: 'vendor/models/deep/y.onnx', kind: 'modified' },
      { path: 'vendor/models/x.onnx', kind: 'modified' },
    ]);

    const without = await clone(outer);
    expect(reasonOf(await changesByGit({ root: without.root, base, head }))).toMatch(/^The submodule vendor\/models changed and is not checked out/);
  });

  it('could not tell, rather than name another file, where a name is not UTF-8', async () => {
    const repository = await gitRepository();
    const base = repository.commit({ 'a.onnx': '1' });
    writeFileSync(Buffer.concat([Buffer.from(`${repository.root}/`), Buffer.from([0xff]), Buffer.from('.onnx')]), '');
    const head = repository.commit({});

    expect(reasonOf(await changesByGit({ root: repository.root, base, head }))).toMatch(/a file name that is not UTF-8/);
  });

  it('stops when it is cancelled', async () => {
    const repository = await gitRepository();
    const head = repository.commit({ 'a.onnx': '1' });

    expect(reasonOf(await changesByGit({ root: repository.root, base: head, head, signal: AbortSignal.abort() }))).toMatch(/cancelled/);
  });
});
