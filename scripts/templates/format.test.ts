import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { templateFormat } from './format.ts';

const context = {
  signal: new AbortController().signal,
  openCompanion: () => Promise.reject(new Error('a template file has no companions')),
};
const artifactOf = (bytes: Uint8Array) => ({ path: 'x.template', digest: 'sha256:0' as const, bytes: memorySource(bytes) });
const valid = new TextEncoder().encode('TMPL');

describe('template-format', () => {
  it('reads a whole file', async () => {
    await expect(templateFormat.read(artifactOf(valid), context)).resolves.toMatchObject({ format: 'template-format' });
  });

  it('rejects every proper prefix', async () => {
    for (let length = 0; length < valid.length; length += 1) {
      await expect(templateFormat.read(artifactOf(valid.slice(0, length)), context)).rejects.toMatchObject({ code: 'format/truncated' });
    }
  });
});
