import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import type { FormatReader } from '../../src/formats/format-reader.ts';
import type { Model } from '../../src/model/model.ts';
import { loadingOutcome } from '../support/loading-outcome.ts';
import { readBytes } from '../support/read-code.ts';

interface Accepted {
  readonly oddities: readonly string[];
  readonly loading: string | null;
  readonly tensors?: readonly unknown[];
}

/** What every format that is described by `expected.json` owes: its fixtures read or refused as it says, and no prefix taken for a whole file. */
export function describeStructuredFormat(reader: FormatReader, options: { readonly prefixesOf?: string } = {}): void {
  const { id } = reader.meta;
  const root = path.resolve(import.meta.dirname, '../../fixtures/formats', id);
  const expected = JSON.parse(readFileSync(path.join(root, 'expected.json'), 'utf8')) as { accept: Record<string, Accepted>; reject: Record<string, string> };
  const bytesOf = (side: string, name: string): Uint8Array => new Uint8Array(readFileSync(path.join(root, side, name)));
  const read = (bytes: Uint8Array, name: string): Promise<Model> => readBytes(bytes, name, reader);

  describe(`${id} files`, () => {
    it.each(Object.entries(expected.accept))('%s gives what is in it and what is odd about it', async (name, { oddities, loading, tensors }) => {
      const model = await read(bytesOf('accept', name), name);
      const { tensors: facet, structure } = model.facets;

      expect((structure?.oddities ?? []).map(({ kind }) => kind).sort()).toEqual(oddities);
      expect((await loadingOutcome(model))?.outcome ?? null).toBe(loading);
      if (tensors !== undefined) expect(await Promise.all((facet?.list ?? []).map(async (one) => [one.name, one.dataType, one.shape, Array.from((await facet?.values(one.name)) ?? [])]))).toEqual(tensors);
    });

    it.each(Object.entries(expected.reject))('%s is %s', async (name, code) => {
      await expect(read(bytesOf('reject', name), name)).rejects.toMatchObject({ code, where: { artifact: name } });
    });

    it.skipIf(options.prefixesOf === undefined)('every proper prefix of one is refused', async () => {
      const name = options.prefixesOf ?? '';
      const bytes = bytesOf('accept', name);
      for (let length = 1; length < bytes.length; length += 1) await expect(read(bytes.slice(0, length), name), `cut at ${String(length)}`).rejects.toBeInstanceOf(GateError);
    });

    it('stop when the run is cancelled', async () => {
      const [name = ''] = Object.keys(expected.accept);
      const controller = new AbortController();
      controller.abort();
      const bytes = bytesOf('accept', name);
      const artifact = { path: name, digest: `sha256:${'0'.repeat(64)}` as const, bytes: { size: bytes.length, read: async (offset: number, length: number) => bytes.subarray(offset, offset + length) } };

      await expect(reader.read(artifact, { signal: controller.signal, openCompanion: () => Promise.reject(new Error('none')) })).rejects.toMatchObject({ code: 'inspection/cancelled' });
    });
  });
}
