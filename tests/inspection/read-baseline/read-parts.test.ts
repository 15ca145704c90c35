import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256OfFile } from '../../../src/artifacts/digest.ts';
import type { BaselineFile } from '../../../src/inspection/inspection.ts';
import { readParts } from '../../../src/inspection/read-baseline/read-parts.ts';
import { INDEX_NAME, safetensorsFile, shardedModel, writeSharded, type SmallTensors } from '../../support/sharded-model.ts';

let folder = '';
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'modelgate-parts-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
const tensor = (...values: readonly number[]) => ({ shape: [values.length], values: Float32Array.from(values) });
const TENSORS: SmallTensors = { a: tensor(1, 2), b: tensor(3), c: tensor(4, 5, 6) };
const [FIRST, SECOND] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;

async function fileOf(name: string): Promise<BaselineFile> {
  const file = path.join(folder, name);
  return { name, file, ...(await sha256OfFile(file)) };
}

async function referenceOf(names: readonly string[] = [FIRST, SECOND]) {
  return { kind: 'index' as const, digest: 'sha256:00' as const, description: 'the old one', index: await fileOf(INDEX_NAME), parts: await Promise.all(names.map(fileOf)) };
}

describe('readParts', () => {
  it('gives the tensors of all files as those of one model', async () => {
    await writeSharded(shardedModel(TENSORS, 2), folder);
    const { model, close } = await readParts(await referenceOf(), signal);

    expect(model.facets.tensors?.list.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c']);
    for (const [name, { values }] of Object.entries(TENSORS)) expect(await model.facets.tensors?.values(name)).toEqual(values);
    await expect(model.facets.tensors?.values('d')).rejects.toMatchObject({ code: 'internal/unexpected' });
    await close();
  });

  it.each<[string, string, SmallTensors, RegExp]>([
    ['lacks a tensor', SECOND, {}, /^model-00002-of-00002.safetensors: It does not hold 1 of the 1 tensors .*"b"/],
    ['holds one that lies elsewhere', SECOND, { b: tensor(3), a: tensor(9) }, /It holds 1 tensors that the index does not say lie in it, "a"/],
    ['holds one that the index does not know', FIRST, { a: tensor(1), c: tensor(2), more: tensor(3) }, /"more"/],
  ])('refuses a file that %s', async (_, name, tensors, message) => {
    await writeSharded(shardedModel(TENSORS, 2), folder);
    await writeFile(path.join(folder, name), safetensorsFile(tensors));

    await expect(readParts(await referenceOf(), signal)).rejects.toMatchObject({ code: 'format/malformed', message: expect.stringMatching(message) as string, where: { artifact: name }, nextStep: expect.any(String) as string });
  });

  it('refuses a file that is cut off at any place', async () => {
    await writeSharded(shardedModel(TENSORS, 2), folder);
    const whole = await readFile(path.join(folder, SECOND));
    for (let length = 0; length < whole.length; length += 5) {
      await writeFile(path.join(folder, SECOND), whole.subarray(0, length));
      await expect(readParts(await referenceOf(), signal)).rejects.toMatchObject({ code: expect.stringMatching(/^format\//) as string, where: { artifact: SECOND } });
    }
  });

  it('refuses what is gone, or is no longer what was hashed', async () => {
    const index = await writeSharded(shardedModel(TENSORS, 2), folder);
    const reference = await referenceOf();
    await writeFile(path.join(folder, FIRST), safetensorsFile({ a: tensor(7, 7), c: tensor(7, 7, 7) }));
    await expect(readParts(reference, signal)).rejects.toMatchObject({ code: 'artifact/changed', where: { artifact: FIRST } });
    await rm(path.join(folder, FIRST));
    await expect(readParts(reference, signal)).rejects.toMatchObject({ code: 'artifact/unreadable', where: { artifact: FIRST } });
    await writeFile(index, '{}');
    await expect(readParts(reference, signal)).rejects.toMatchObject({ code: 'artifact/changed', where: { artifact: INDEX_NAME } });
  });

  it('refuses files without tensors, and formats that are only read as a whole', async () => {
    await writeFile(path.join(folder, 'a.safetensors'), JSON.stringify({ weight_map: { a: 'b.safetensors' } }));
    await writeFile(path.join(folder, INDEX_NAME), JSON.stringify({ weight_map: { a: 'a.safetensors' } }));

    await expect(readParts(await referenceOf(['a.safetensors']), signal)).rejects.toMatchObject({ code: 'format/unsupported', where: { artifact: 'a.safetensors' } });
  });
});
