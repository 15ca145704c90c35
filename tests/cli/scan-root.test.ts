import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scanRoot } from '../../src/cli/scan-root.ts';

let folder = '';

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'modelgate-root-')));
  await mkdir(path.join(folder, 'here/models'), { recursive: true });
  await mkdir(path.join(folder, 'there/deep'), { recursive: true });
  await writeFile(path.join(folder, 'there/deep/a.onnx'), 'a');
  await writeFile(path.join(folder, 'there/b.onnx'), 'b');
});

describe('scanRoot', () => {
  it('is the current folder for paths inside of it', async () => {
    const cwd = path.join(folder, 'here');

    expect(await scanRoot([], cwd)).toEqual({ root: cwd, paths: ['.'] });
    expect(await scanRoot(['models'], cwd)).toEqual({ root: cwd, paths: ['models'] });
  });

  it('is the deepest folder that holds every path when one lies outside', async () => {
    const cwd = path.join(folder, 'here');

    expect(await scanRoot(['../there/deep'], cwd)).toEqual({ root: path.join(folder, 'there/deep'), paths: ['.'] });
    expect(await scanRoot(['../there/deep/a.onnx', '../there/b.onnx'], cwd)).toEqual({ root: path.join(folder, 'there'), paths: ['deep/a.onnx', 'b.onnx'] });
  });

  it('says which path does not exist', async () => {
    await expect(scanRoot(['nowhere'], folder)).rejects.toMatchObject({ code: 'arguments/invalid' });
  });
});
