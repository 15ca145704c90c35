import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { gguf } from '../../src/formats/gguf.ts';
import type { Model } from '../../src/model/model.ts';
import { loadingOutcome } from '../support/loading-outcome.ts';
import { readBytes } from '../support/read-code.ts';

const root = path.resolve(import.meta.dirname, '../../fixtures/formats/gguf');
const expected = JSON.parse(readFileSync(path.join(root, 'expected.json'), 'utf8')) as {
  accept: Record<string, { tensors: unknown[] | null; oddities: string[]; loading: string | null }>;
  reject: Record<string, string>;
};
const bytesOf = (side: string, name: string): Uint8Array => new Uint8Array(readFileSync(path.join(root, side, `${name}.gguf`)));
const read = (bytes: Uint8Array): Promise<Model> => readBytes(bytes, 'm.gguf', gguf);

describe('a GGUF file', () => {
  it.each(Object.entries(expected.accept))('%s gives its plain tensors, its templates and what is odd', async (name, { tensors, oddities, loading }) => {
    const model = await read(bytesOf('accept', name));
    const { tensors: facet, structure } = model.facets;

    if (tensors !== null) expect(await Promise.all((facet?.list ?? []).map(async (one) => [one.name, one.dataType, one.shape, Array.from((await facet?.values(one.name)) ?? [])]))).toEqual(tensors);
    expect(structure?.oddities.map(({ kind }) => kind)).toEqual(oddities);
    expect((await loadingOutcome(model))?.outcome ?? null).toBe(loading);
  });

  it.each(Object.keys(expected.accept))('%s is identified by its bytes, under any name', async (name) => {
    expect((await readBytes(bytesOf('accept', name), 'model.onnx')).format).toBe('gguf');
  });

  it.each(Object.entries(expected.reject))('%s is %s', async (name, code) => {
    await expect(read(bytesOf('reject', name))).rejects.toMatchObject({ code, where: { artifact: 'm.gguf' } });
  });

  it('every proper prefix of one is refused', async () => {
    for (const name of ['version-1', 'version-3', 'quantised']) {
      const bytes = bytesOf('accept', name);
      for (let length = 4; length < bytes.length; length += 1) await expect(read(bytes.slice(0, length)), `${name} cut at ${length}`).rejects.toBeInstanceOf(GateError);
    }
  });

  it('says which types are quantised, and has the metadata', async () => {
    const { notes, facets } = await read(bytesOf('accept', 'quantised'));

    expect(notes[0]).toBe('GGUF version 3, 5 tensors, 2 of them quantised (Q4_K, Q8_0) and not looked into.');
    expect(facets.metadata?.get('general.architecture')).toBe('llama');
    expect(facets.metadata?.get('tokenizer.ggml.tokens')).toBe('3 elements');
  });

  it('a header longer than what is read first is read whole', async () => {
    const long = new Uint8Array(3 * 2 ** 20).fill(0x61);
    const head = Buffer.alloc(24 + 8 + 1 + 4 + 8);
    head.write('GGUF');
    head.writeUInt32LE(3, 4);
    head.writeBigUInt64LE(1n, 16);
    head.writeBigUInt64LE(1n, 24);
    head.write('k', 32);
    head.writeUInt32LE(8, 33);
    head.writeBigUInt64LE(BigInt(long.length), 37);

    expect((await read(new Uint8Array(Buffer.concat([head, long])))).facets.metadata?.get('k')).toHaveLength(1000);
  });

  it('a changed byte gives a model or an error, never a crash and never a tensor outside of the file', async () => {
    const bytes = bytesOf('accept', 'quantised');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
        const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? value : byte));
        const model = await read(changed).catch((error: unknown) => error);
        if (model instanceof Error) expect(model).toBeInstanceOf(GateError);
        else for (const { range } of (model as Model).facets.tensors?.list ?? []) expect(range.offset + range.length).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000, seed: 2 },
    );
  });
});
