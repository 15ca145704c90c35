import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { datasetFiles } from '../../../src/artifacts/dataset-files.ts';
import { checkRecords, type CheckedRecords } from '../../../src/gate/datasets/check-records.ts';
import { datasetSettings } from '../../../src/gate/datasets/dataset-settings-in-force.ts';

let root = '';

beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-records-')));
  mkdirSync(path.join(root, 'data'));
  writeFileSync(path.join(root, 'data/a.csv'), 'text,label\nx,1\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function check(): Promise<CheckedRecords> {
  const files = await datasetFiles(path.join(root, 'data'), { signal: new AbortController().signal });
  return checkRecords({ path: 'data', settings: datasetSettings('data', []), changes: undefined }, files, undefined, root);
}

describe('checkRecords', () => {
  it('says nothing where there is no record', async () => {
    expect(await check()).toEqual({ observations: [], notes: [] });
  });

  it('compares with a record that can be read', async () => {
    writeFileSync(path.join(root, 'data.dvc'), `outs:\n- md5: ${'e'.repeat(32)}\n  path: data/a.csv\n`);

    expect(await check()).toMatchObject({ observations: [{ rule: 'dataset-source/record-mismatch' }], notes: [] });
  });

  it('says of a record that is there and cannot be read that nothing was compared with it', async () => {
    writeFileSync(path.join(root, 'data.dvc'), 'outs: [');
    writeFileSync(path.join(root, 'data.croissant.json'), '{"conformsTo": ');
    writeFileSync(path.join(root, 'data/metadata.json'), 'not Croissant, and not JSON either');

    expect(await check()).toEqual({
      observations: [],
      notes: [
        'The record data.croissant.json could not be read (it is not JSON), so nothing was compared with it.',
        'The record data.dvc could not be read (it is too large or no YAML), so nothing was compared with it.',
      ],
    });
  });
});
