import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { openFileSource } from '../../src/artifacts/file-source.ts';
import { readModel } from '../../src/inspection/read-model.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'modelgate-read-model-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two float32 weights, as safetensors. */
function weights(): Buffer {
  const json = Buffer.from('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.from(Float32Array.of(1, 2).buffer)]);
}

async function opened(name: string) {
  const file = path.join(folder, name);
  await writeFile(file, weights());
  return { file, source: await openFileSource(file), digest: sha256Of(weights()) };
}

const { signal } = new AbortController();

describe('a file that is read piece by piece', () => {
  it('is hashed whole, with progress, and gives its tensors', async () => {
    const { file, source, digest } = await opened('w.safetensors');
    const seen: [number, number][] = [];
    const model = await readModel(source, { path: 'models/w.safetensors', file, digest, signal, onProgress: (done, size) => void seen.push([done, size]) });

    expect(model.artifact).toMatchObject({ path: 'models/w.safetensors', digest });
    expect(await model.facets.tensors?.values('w')).toEqual(Float32Array.of(1, 2));
    expect(seen.at(-1)).toEqual([source.size, source.size]);
    await source.close();
  });

  it('with another digest than expected is refused before anything of it is parsed', async () => {
    const { file, source } = await opened('other.safetensors');

    await expect(readModel(source, { path: 'w', file, digest: sha256Of('other'), signal })).rejects.toMatchObject({ code: 'artifact/changed' });
    await source.close();
  });

  it('that changes after it was hashed gives no more weights', async () => {
    const { file, source, digest } = await opened('growing.safetensors');
    const model = await readModel(source, { path: 'w', file, digest, signal });
    await appendFile(file, 'x');

    await expect(model.facets.tensors?.values('w')).rejects.toMatchObject({ code: 'artifact/changed' });
    await source.close();
  });
});
