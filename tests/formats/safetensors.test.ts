import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { openFileSource } from '../../src/artifacts/file-source.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { GateError } from '../../src/errors.ts';
import { identifyFormat } from '../../src/formats/identify.ts';
import { formatReaders } from '../../src/formats/index.ts';
import { safetensors } from '../../src/formats/safetensors.ts';
import type { Model } from '../../src/model/model.ts';

const root = path.resolve(import.meta.dirname, '../../fixtures/formats/safetensors');
const fixtures = (side: 'accept' | 'reject', ending: string) =>
  readdirSync(path.join(root, side))
    .filter((file) => file.endsWith('.safetensors'))
    .map((file) => {
      const name = file.slice(0, -'.safetensors'.length);
      return { name, bytes: new Uint8Array(readFileSync(path.join(root, side, file))), expected: JSON.parse(readFileSync(path.join(root, side, `${name}.${ending}.json`), 'utf8')) as Record<string, unknown> };
    });
const accepted = fixtures('accept', 'expected');

function read(bytes: Uint8Array, signal = new AbortController().signal): Promise<Model> {
  const openCompanion = () => Promise.reject(new Error('a safetensors file has no companions'));
  return safetensors.read({ path: 'm.safetensors', digest: sha256Of(bytes), bytes: memorySource(bytes) }, { signal, openCompanion });
}

/** A file of these tensors, written as the library writes them. */
function fileOf(tensors: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[]; readonly bytes: Uint8Array }[]): Uint8Array {
  let at = 0;
  const header = Object.fromEntries(tensors.map(({ name, dtype, shape, bytes }) => [name, { dtype, shape, data_offsets: [at, (at += bytes.length)] }]));
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return Uint8Array.from([...length, ...json, ...tensors.flatMap(({ bytes }) => [...bytes])]);
}

describe('a valid file', () => {
  it.each(accepted)('$name gives its tensors with their values, and its metadata', async ({ bytes, expected }) => {
    const model = await read(bytes);
    const { tensors, metadata } = model.facets;

    expect(Object.keys(model.facets).sort()).toEqual([...safetensors.meta.provides].sort());
    const listed = await Promise.all((tensors?.list ?? []).map(async ({ name, dataType, shape }) => [name, dataType, shape, Array.from((await tensors?.values(name)) ?? [])]));
    expect(listed).toEqual(expected.tensors);
    expect(Object.fromEntries(metadata ?? [])).toEqual(expected.metadata);
    expect(model.absences.graph).toMatch(/without the network/);
  });

  it.each(accepted)('$name is identified by its bytes, under any name', ({ bytes }) => {
    expect(identifyFormat(bytes, 'model.onnx', formatReaders)).toBe(safetensors);
  });

  it('round-trips whatever its names, types and shapes are', async () => {
    const tensor = fc.record({ name: fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__' && name !== '__proto__'), dtype: fc.constantFrom('U8', 'I16', 'F32', 'I64'), shape: fc.array(fc.nat(4), { maxLength: 3 }), seed: fc.nat(255) });
    const width: Record<string, number> = { U8: 1, I16: 2, F32: 4, I64: 8 };
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 5 }), async (tensors) => {
        const given = tensors.map((one) => ({ ...one, bytes: new Uint8Array(one.shape.reduce((product, dim) => product * dim, 1) * (width[one.dtype] ?? 0)).fill(one.seed) }));
        const { list = [] } = (await read(fileOf(given))).facets.tensors ?? {};
        for (const one of given) {
          const found = list.find(({ name }) => name === one.name);
          expect(found?.shape).toEqual(one.shape);
          expect(await found?.source.read(found.range.offset, found.range.length)).toEqual(one.bytes);
        }
        expect(list).toHaveLength(given.length);
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});

describe('an invalid file', () => {
  it.each(fixtures('reject', 'error'))('$name is $expected.code and names the file', async ({ bytes, expected }) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: expected.code, where: { artifact: 'm.safetensors' } });
  });

  it('every proper prefix of a valid file is rejected', async () => {
    for (const { bytes, name } of accepted) {
      for (let length = 0; length < bytes.length; length += 1) {
        await expect(read(bytes.slice(0, length)), `${name} cut at ${length}`).rejects.toBeInstanceOf(GateError);
      }
    }
  });

  it('a changed byte gives a model of the same bytes or an error, never a crash and never a tensor outside of the file', async () => {
    const bytes = accepted.find(({ name }) => name === 'out-of-order')?.bytes ?? new Uint8Array(0);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
        const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? value : byte));
        const model = await read(changed).catch((error: unknown) => error);
        if (model instanceof Error) {
          expect(model).toBeInstanceOf(GateError);
          return;
        }
        let covered = 0;
        for (const { range } of (model as Model).facets.tensors?.list ?? []) covered += range.length;
        const headerBytes = Number(new DataView(changed.buffer).getBigUint64(0, true));
        expect(8 + headerBytes + covered).toBe(changed.length);
      }),
      { numRuns: 2000, seed: 2 },
    );
  });

  it('stops when the run is cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(read(accepted[0]?.bytes ?? new Uint8Array(0), controller.signal)).rejects.toMatchObject({ code: 'inspection/cancelled' });
  });
});

describe('a large file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'modelgate-safetensors-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('of 10 GB is read by its header alone', async () => {
    const size = 10_000_000_000;
    const json = Buffer.from(JSON.stringify({ w: { dtype: 'F32', shape: [size / 4], data_offsets: [0, size] } }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    const file = path.join(folder, 'large.safetensors');
    await writeFile(file, Buffer.concat([length, json]));
    const handle = await open(file, 'r+');
    await handle.truncate(8 + json.length + size);
    await handle.close();
    const source = await openFileSource(file);
    let bytesRead = 0;
    const counting = { size: source.size, read: async (offset: number, count: number) => ((bytesRead += count), source.read(offset, count)) };
    const model = await safetensors.read({ path: 'large.safetensors', digest: sha256Of(''), bytes: counting }, { signal: new AbortController().signal, openCompanion: () => Promise.reject(new Error('none')) });
    await source.close();

    expect(model.facets.tensors?.list[0]?.range.length).toBe(size);
    expect(bytesRead).toBe(8 + json.length);
  });
});
