import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { openFileSource, type FileSource } from '../../src/artifacts/file-source.ts';
import { gateErrorOf } from './gate-error-of.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function opened(file: string, shown?: string): Promise<FileSource> {
  const source = await openFileSource(file, shown);
  onTestFinished(() => source.close());
  return source;
}

it('reads any range of a file as it is on disk', async () => {
  const file = path.join(await temporaryFolder(), 'model.bin');
  const content = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251);
  await writeFile(file, content);
  const source = await opened(file);

  expect(source.size).toBe(5000);
  await fc.assert(
    fc.asyncProperty(fc.nat(5000), fc.nat(5000), async (offset, wanted) => {
      const length = Math.min(wanted, 5000 - offset);
      expect(await source.read(offset, length)).toEqual(content.subarray(offset, offset + length));
    }),
    { numRuns: 50 },
  );
});

it('rejects a range past the end before it allocates anything', async () => {
  const file = path.join(await temporaryFolder(), 'model.bin');
  await writeFile(file, 'short');
  const error = await gateErrorOf(async () => (await opened(file, 'models/model.bin')).read(0, 2 ** 40));

  expect(error.toData()).toMatchObject({ code: 'format/truncated', where: { artifact: 'models/model.bin', offset: 0 } });
});

it('rejects, instead of returning zeros, when the file shrank after it was opened', async () => {
  const file = path.join(await temporaryFolder(), 'model.bin');
  await writeFile(file, new Uint8Array(1000));
  const source = await opened(file, 'model.bin');
  await truncate(file, 300);
  const error = await gateErrorOf(() => source.read(200, 400));

  expect([error.code, error.where?.offset]).toEqual(['format/truncated', 300]);
});

it('tells that the file was written to', async () => {
  const file = path.join(await temporaryFolder(), 'model.bin');
  await writeFile(file, 'one');
  const source = await opened(file);

  expect(await source.isChanged()).toBe(false);
  await appendFile(file, 'two');
  expect(await source.isChanged()).toBe(true);
});

it('follows a link to a regular file', async () => {
  const folder = await temporaryFolder();
  await writeFile(path.join(folder, 'blob'), 'content');
  await symlink('blob', path.join(folder, 'model.onnx'));

  expect((await opened(path.join(folder, 'model.onnx'))).size).toBe(7);
});

it('refuses what is not a regular file, without waiting for a pipe’s other end', async () => {
  const folder = await temporaryFolder();
  await mkdir(path.join(folder, 'folder'));
  execFileSync('mkfifo', [path.join(folder, 'pipe')]);
  const server = createServer().listen(path.join(folder, 'socket'));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));

  for (const name of ['folder', 'pipe', 'socket', 'missing']) {
    const error = await gateErrorOf(() => openFileSource(path.join(folder, name), name));
    expect([error.code, error.where]).toEqual(['artifact/unreadable', { artifact: name }]);
    expect(error.message).not.toContain(folder);
  }
  expect((await gateErrorOf(() => openFileSource('/dev/zero', 'zero'))).message).toBe('zero is a device, not a regular file.');
});
