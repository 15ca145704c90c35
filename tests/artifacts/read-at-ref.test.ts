import { rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readAtRef } from '../../src/artifacts/read-at-ref.ts';
import { gateErrorOf } from './gate-error-of.ts';
import { gitRepository, repositoryAt } from './git-repository.ts';
import { temporaryFolder } from './temporary-folder.ts';

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));

it('reads a file as it was, and is undefined where there was none', async () => {
  const repository = await gitRepository();
  const before = repository.commit({ 'readme.md': '' });
  const base = repository.commit({ 'modelgate.yml': 'strict\r\n', 'ml/policy ü.yml': 'deep' });
  repository.commit({ 'modelgate.yml': 'weak' });
  const { root } = repository;

  expect(text(await readAtRef({ root, ref: base, path: 'modelgate.yml' }))).toBe('strict\r\n');
  expect(text(await readAtRef({ root, ref: 'HEAD', path: './modelgate.yml' }))).toBe('weak');
  expect(text(await readAtRef({ root, ref: 'main~1', path: 'ml/policy ü.yml' }))).toBe('deep');
  expect(await readAtRef({ root, ref: before, path: 'modelgate.yml' })).toBeUndefined();
  expect(await readAtRef({ root, ref: base, path: 'modelgate.yml/x' })).toBeUndefined();
});

it('takes paths relative to a folder inside the repository, also upwards', async () => {
  const repository = await gitRepository();
  const ref = repository.commit({ 'modelgate.yml': 'top', 'ml/modelgate.yml': 'inner' });
  const root = path.join(repository.root, 'ml');

  expect(text(await readAtRef({ root, ref, path: 'modelgate.yml' }))).toBe('inner');
  expect(text(await readAtRef({ root, ref, path: '../modelgate.yml' }))).toBe('top');
});

it('takes a path literally', async () => {
  const repository = await gitRepository();
  const ref = repository.commit({ 'a.yml': 'a', ':(top)x.yml': 'odd', '-x.yml': 'dash' });
  const { root } = repository;

  expect(await readAtRef({ root, ref, path: '*.yml' })).toBeUndefined();
  expect(text(await readAtRef({ root, ref, path: ':(top)x.yml' }))).toBe('odd');
  expect(text(await readAtRef({ root, ref, path: '-x.yml' }))).toBe('dash');
});

it('throws where the commit is not known, instead of saying that the file is absent', async () => {
  const origin = await gitRepository();
  const base = origin.commit({ 'modelgate.yml': 'strict' });
  origin.commit({ 'a.onnx': '1' });
  const root = path.join(await temporaryFolder(), 'clone');
  origin.git('clone', '--quiet', '--depth=1', `file://${origin.root}`, root);

  for (const ref of [base, 'nowhere', '--help', '0'.repeat(40)]) {
    expect((await gateErrorOf(() => readAtRef({ root, ref, path: 'modelgate.yml' }))).code).toBe('changes/unknown');
  }
  expect((await gateErrorOf(() => readAtRef({ root: path.dirname(root), ref: 'HEAD', path: 'x' }))).code).toBe('changes/unknown');
});

it('throws where the file’s content is not in a partial clone', async () => {
  const origin = await gitRepository();
  origin.git('config', 'uploadpack.allowFilter', 'true');
  const ref = origin.commit({ 'modelgate.yml': 'strict' });
  const root = path.join(await temporaryFolder(), 'clone');
  origin.git('clone', '--quiet', '--filter=blob:none', '--no-checkout', `file://${origin.root}`, root);
  const error = await gateErrorOf(() => readAtRef({ root, ref, path: 'modelgate.yml' }));

  expect(error.toData()).toMatchObject({ code: 'changes/unknown', message: expect.stringContaining('The clone is partial') });
  expect(repositoryAt(root).git('rev-list', '--objects', '--missing=print', ref)).toMatch(/^\?/m);
});

it('refuses links and folders, which are not the file they seem', async () => {
  const repository = await gitRepository();
  repository.commit({ 'folder/x.yml': 'x', 'link.yml': 'x' });
  rmSync(path.join(repository.root, 'link.yml'));
  symlinkSync('folder/x.yml', path.join(repository.root, 'link.yml'));
  const ref = repository.commit({});
  const { root } = repository;

  expect((await gateErrorOf(() => readAtRef({ root, ref, path: 'link.yml' }))).message).toMatch(/is not a regular file at \w+, but a symbolic link/);
  expect((await gateErrorOf(() => readAtRef({ root, ref, path: 'folder' }))).message).toMatch(/but a folder/);
  expect(await readAtRef({ root, ref, path: 'link.yml/x.yml' })).toBeUndefined();
});

it('refuses a file above the limit before reading it', async () => {
  const repository = await gitRepository();
  const ref = repository.commit({ 'modelgate.yml': 'x'.repeat(101) });
  const request = { root: repository.root, ref, path: 'modelgate.yml' };

  expect((await readAtRef({ ...request, maxBytes: 101 }))?.length).toBe(101);
  expect((await gateErrorOf(() => readAtRef({ ...request, maxBytes: 100 }))).code).toBe('artifact/too-large');
});

it.each(['', '.', '/etc/passwd', '../../../../../../../../etc/passwd', 'a\0b', 'folder/'])('refuses a path that is none inside the repository: %j', async (file) => {
  const repository = await gitRepository();
  const ref = repository.commit({ 'a.yml': 'a' });

  expect((await gateErrorOf(() => readAtRef({ root: repository.root, ref, path: file }))).code).toBe('arguments/invalid');
});
