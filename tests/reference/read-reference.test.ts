import { mkdtempSync, rmSync, writeFileSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MAX_REFERENCE_BYTES, parseReference, readReference } from '../../src/reference/read-reference.ts';
import type { ReferenceFile } from '../../src/reference/reference-file.ts';
import { toyReference } from '../support/reference-models.ts';
import { smallFile } from './reference-file.ts';

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const folder = mkdtempSync(path.join(tmpdir(), 'modelgate-reference-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function changed(change: (file: Record<string, never> & { models: Record<string, unknown>[]; settings: Record<string, unknown>; layers: Record<string, unknown>[] }) => void): unknown {
  const copy = JSON.parse(JSON.stringify(smallFile())) as Parameters<typeof change>[0];
  change(copy);
  return copy;
}

describe('parseReference', () => {
  it('gives back what was written, to the precision of 16 bits', () => {
    const truth = toyReference([[6, 8], [4, 6]], { clean: 2, backdoored: 1 });
    const read = parseReference(bytesOf(smallFile()), 'reference.json');

    expect(read.models.map(({ path: name, label, digest }) => ({ name, label, digest }))).toEqual(truth.models.map(({ path: name, label, digest }) => ({ name, label, digest })));
    expect(read.layers).toEqual(truth.layers);
    expect(read.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    for (const [at, model] of read.models.entries()) {
      const largest = Math.max(...(truth.models[at]?.projections ?? []).map(Math.abs));
      for (const [place, value] of model.projections.entries()) expect(Math.abs(value - (truth.models[at]?.projections[place] ?? NaN))).toBeLessThan(largest / 32_000);
    }
  });

  const broken: readonly (readonly [string, unknown, RegExp])[] = [
    ['another kind', { ...smallFile(), kind: 'modelgate-report' }, /kind/],
    ['a later version', { ...smallFile(), version: 2 }, /version/],
    ['an unknown key', { ...smallFile(), comment: '' }, /additional/],
    ['a missing key', changed((file) => void delete file.settings['seed']), /seed/],
    ['a path that says nothing', changed((file) => void ((file.models[0] ?? {})['path'] = '')), /path/],
    ['a digest that is none', changed((file) => void ((file.models[0] ?? {})['digest'] = 'sha256:0')), /digest/],
    ['a label that is none', changed((file) => void ((file.models[0] ?? {})['label'] = 'good')), /label/],
    ['one model', { ...smallFile(), models: smallFile().models.slice(0, 1) }, /models/],
    ['one layer', { ...smallFile(), layers: smallFile().layers.slice(0, 1) }, /layers/],
    ['more rows than layers', changed((file) => void (file.models[1]?.['rows'] as unknown[]).push((file.models[1]?.['rows'] as unknown[])[0])), /3 rows for 2 layers/],
    ['rows of another length', changed((file) => void (file.settings['projectionLength'] = 32)), /32 16-bit numbers/],
    ['a projection of enormous length', changed((file) => void (file.settings['projectionLength'] = 1e9)), /projectionLength/],
    ['an endless scale', changed((file) => void (((file.models[0]?.['rows'] as { scale: number }[])[0] as { scale: number }).scale = 1e301)), /scale/],
    ['the same model twice', { ...smallFile(), models: [...smallFile().models, smallFile().models[0]] }, /two of its models/],
    ['an empty list', [], /object/],
  ];

  it.each(broken)('refuses %s', (_name, value, why) => {
    expect(() => parseReference(bytesOf(value), 'reference.json')).toThrow(expect.objectContaining({ code: 'reference/invalid', message: expect.stringMatching(why) as string }) as Error);
  });

  it('refuses text that only looks like base64, and bytes beyond the row', () => {
    for (const wreck of [(text: string) => `!${text.slice(1)}`, (text: string) => `${text.slice(0, -4)}`, (text: string) => `${text}AAAA`]) {
      const value = changed((file) => {
        const [row] = file.models[0]?.['rows'] as { values: string }[];
        if (row !== undefined) row.values = wreck(row.values);
      });
      expect(() => parseReference(bytesOf(value), 'reference.json')).toThrow(/base64/);
    }
  });

  it('refuses every proper beginning of a valid file', () => {
    const bytes = bytesOf(smallFile());
    for (let length = 0; length < bytes.length; length += Math.ceil(bytes.length / 200)) expect(() => parseReference(bytes.subarray(0, length), 'reference.json')).toThrow(/not JSON/);
  });
});

describe('readReference', () => {
  it('reads a file, and says what is wrong with one that is missing or too large', async () => {
    const file = path.join(folder, 'reference.json');
    writeFileSync(file, JSON.stringify(smallFile() satisfies ReferenceFile));
    expect((await readReference(file, 'reference.json')).models.length).toBe(3);

    await expect(readReference(path.join(folder, 'none.json'), 'none.json')).rejects.toMatchObject({ code: 'reference/unreadable' });
    await expect(readReference(folder, 'folder')).rejects.toMatchObject({ code: 'reference/unreadable' });
    truncateSync(file, MAX_REFERENCE_BYTES + 1);
    await expect(readReference(file, 'reference.json')).rejects.toMatchObject({ code: 'reference/invalid', message: expect.stringContaining(`${MAX_REFERENCE_BYTES + 1} bytes`) as string });
  });
});
