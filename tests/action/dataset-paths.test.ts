import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { datasetPaths } from '../../src/action/dataset-paths.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

async function workspace(): Promise<string> {
  const folder = await temporaryFolder();
  mkdirSync(path.join(folder, 'work/data/train'), { recursive: true });
  mkdirSync(path.join(folder, 'elsewhere'));
  writeFileSync(path.join(folder, 'work/data/a.csv'), 'text,label\n');
  return path.join(folder, 'work');
}

describe('datasetPaths', () => {
  it('gives folders and files relative to the working directory', async () => {
    expect(await datasetPaths(['./data/train/', 'data/x/../a.csv'], await workspace())).toEqual(['data/train', 'data/a.csv']);
    expect(await datasetPaths([], await workspace())).toEqual([]);
  });

  it('refuses what is not there, and says what may be the reason', async () => {
    await expect(datasetPaths(['data/tran'], await workspace())).rejects.toMatchObject({ code: 'arguments/invalid', message: expect.stringContaining('"data/tran"') as string, nextStep: expect.stringContaining('lfs: true') as string });
  });

  it('refuses what lies outside, by its path or by a link that a change may have brought', async () => {
    const root = await workspace();
    symlinkSync('../../elsewhere', path.join(root, 'data/link'));

    for (const one of ['../elsewhere', 'data/link']) await expect(datasetPaths([one], root), one).rejects.toMatchObject({ code: 'arguments/invalid', where: { field: 'dataset' } });
  });
});
