import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { newModule } from '../../scripts/new.ts';

const root = path.resolve(import.meta.dirname, '../..');

describe('newModule', () => {
  it.each([
    ['detector', 'weight-outliers', 'weightOutliers', 'src/detectors/weight-outliers.ts'],
    ['format', 'safe-tensors', 'safeTensors', 'src/formats/safe-tensors.ts'],
    ['reporter', 'junit', 'junit', 'src/reporters/junit.ts'],
  ] as const)('makes a source, a test and a page for a new %s, under one id', async (kind, id, symbol, source) => {
    const files = await newModule(root, kind, id);

    expect(files.map((one) => one.file)).toContain(source);
    expect(files).toHaveLength(3);
    expect(files[0]?.text).toContain(`export const ${symbol}`);
    for (const { text } of files) expect(text).not.toMatch(/template-|templates\/|\.\.\/\.\.\/src\/(detectors|formats|reporters)\/(detector|format-reader|reporter)/);
  });

  it('refuses an id that is no file name', async () => {
    await expect(newModule(root, 'detector', '../x')).rejects.toThrow('is not an id');
  });
});
