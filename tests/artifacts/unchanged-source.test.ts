import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFileSource } from '../../src/artifacts/file-source.ts';
import { unchangedSource } from '../../src/artifacts/unchanged-source.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'modelgate-unchanged-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('reads a file as long as it is the one that was opened, and refuses what was written meanwhile', async () => {
  const file = path.join(folder, 'weights');
  await writeFile(file, 'abcdef');
  const opened = await openFileSource(file);
  const source = unchangedSource(opened, 'weights');
  const target = new Uint8Array(2);
  await source.readInto?.(4, target);

  expect(source.size).toBe(6);
  expect(Buffer.from(await source.read(1, 2)).toString()).toBe('bc');
  expect(Buffer.from(target).toString()).toBe('ef');
  await expect(source.read(5, 2)).rejects.toMatchObject({ code: 'format/truncated' });

  await appendFile(file, 'g');
  await expect(source.read(0, 1)).rejects.toMatchObject({ code: 'artifact/changed', where: { artifact: 'weights' } });
  await expect(source.readInto?.(0, target)).rejects.toMatchObject({ code: 'artifact/changed' });
  await opened.close();
});
