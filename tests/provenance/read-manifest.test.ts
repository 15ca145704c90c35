import { describe, expect, it } from 'vitest';
import type { DatasetManifest } from '../../src/provenance/dataset-manifest.ts';
import { manifestRoots } from '../../src/provenance/manifest-roots.ts';
import { readManifest } from '../../src/provenance/read-manifest.ts';
import { formatManifest } from '../../src/provenance/write-manifest.ts';

const lines: Pick<DatasetManifest, 'files' | 'samples'> = {
  files: [['cat/1.png', 'a'.repeat(64), 12], ['labels "x".csv', 'b'.repeat(64), 3]],
  samples: [['cat/1.png', 'cat', 'c'.repeat(32)], ['cat/2.png', null, 'd'.repeat(32)]],
};
const { files, samples = '' } = manifestRoots(lines);
const manifest: DatasetManifest = {
  version: 1, format: 'dataset/image-folder', root: { files, samples: samples as string }, counts: { files: 2, samples: 2, unlabelled: 1, broken: 0 }, labels: { cat: 1 },
  source: { url: 'https://example.org' }, ...lines,
};

describe('readManifest', () => {
  it('reads what formatManifest writes, and a file and a sample are a line each', () => {
    const text = formatManifest(manifest);

    expect(readManifest(text, 'm.json')).toEqual(manifest);
    expect(text.split('\n').filter((line) => line.startsWith('    ["'))).toHaveLength(4);
  });

  it.each<[string, (text: string) => string, RegExp]>([
    ['is cut off', (text) => text.slice(0, -5), /not valid JSON/],
    ['has an unknown key', (text) => text.replace('"counts"', '"note": 1,\n  "counts"'), /additional properties/],
    ['lists a file twice', (text) => text.replace('labels \\"x\\".csv', 'cat/1.png'), /listed twice/],
    ['leaves its folder', (text) => text.replace('"cat/1.png", "aaa', '"../1.png", "aaa'), /leaves the folder/],
    ['counts other samples than it lists', (text) => text.replace('"samples": 2', '"samples": 3'), /counts 3 samples and lists 2/],
    ['counts other labels than it lists', (text) => text.replace('"cat": 1', '"cat": 2'), /counts 2 samples of "cat" and lists 1/],
    ['does not count a label', (text) => text.replace('"cat": 1', ''), /does not count/],
  ])('refuses one that %s', (_what, change, message) => {
    expect(() => readManifest(change(formatManifest(manifest)), 'm.json')).toThrow(expect.objectContaining({ code: 'manifest/invalid', message: expect.stringMatching(message) as string }));
  });
});
