import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { indexNamed } from '../../../src/gate/find-baseline/index-named.ts';

let root = '';
beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), 'modelgate-index-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const folderWith = (...names: readonly string[]): string => {
  const folder = path.join(root, String(names.length));
  mkdirSync(folder);
  for (const name of names) writeFileSync(path.join(folder, name), '{}');
  return folder;
};

describe('indexNamed', () => {
  it('takes an index as it is named, the only one of a folder, and that of safetensors files before others', async () => {
    expect(await indexNamed('/gone/model.safetensors.index.json')).toBe('/gone/model.safetensors.index.json');
    const torch = folderWith('pytorch_model.bin.index.json', 'config.json');
    expect(await indexNamed(torch)).toBe(path.join(torch, 'pytorch_model.bin.index.json'));
    const both = folderWith('pytorch_model.bin.index.json', 'model.safetensors.index.json', 'config.json');
    expect(await indexNamed(both)).toBe(path.join(both, 'model.safetensors.index.json'));
  });

  it('leaves other files alone, also those that are not there', async () => {
    expect(await indexNamed(path.join(folderWith('model.onnx'), 'model.onnx'))).toBeUndefined();
    expect(await indexNamed(path.join(root, 'gone.onnx'))).toBeUndefined();
  });

  it('refuses a folder that does not say which model is meant', async () => {
    await expect(indexNamed(folderWith('model.safetensors'))).rejects.toMatchObject({ code: 'policy/invalid', message: expect.stringContaining('without the index') as string, nextStep: expect.any(String) as string });
    await expect(indexNamed(folderWith('a.safetensors.index.json', 'b.safetensors.index.json'))).rejects.toMatchObject({ message: expect.stringContaining('2 models') as string });
  });
});
