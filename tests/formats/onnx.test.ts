import { mkdtemp, mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Artifact } from '../../src/artifacts/artifact.ts';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { openFileSource } from '../../src/artifacts/file-source.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { openCompanionOf } from '../../src/artifacts/open-companion.ts';
import { onnx } from '../../src/formats/onnx.ts';
import type { Model } from '../../src/model/model.ts';
import { attribute, graphBuilder, modelOf, tensorOf } from '../../src/onnx/build.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import type { OnnxTensor } from '../../src/onnx/onnx-model.ts';
import { acceptFixtures, rejectFixtures, type AcceptFixture } from '../onnx/onnx-fixtures.ts';

async function readBytes(bytes: Uint8Array, file: string, signal = new AbortController().signal): Promise<Model> {
  const artifact: Artifact = { path: `models/${path.basename(file)}`, digest: sha256Of(bytes), bytes: memorySource(bytes) };
  return onnx.read(artifact, { signal, openCompanion: openCompanionOf({ file, path: artifact.path }) });
}

const fixture = (name: string): AcceptFixture => {
  const found = acceptFixtures.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no fixture ${name}`);
  return found;
};

describe('reading a valid model', () => {
  it.each(acceptFixtures)('$name gives tensors, graph and metadata', async ({ bytes, file, expected }) => {
    const model = await readBytes(bytes, file);

    expect(model.format).toBe('onnx');
    expect(Object.keys(model.facets).sort()).toEqual([...onnx.meta.provides].sort());
    expect(model.companions.map((one) => one.path)).toEqual((expected.companions ?? []).map((one) => `models/${one}`));
    expect(model.unclaimed).toEqual([]);
    expect(model.notes[0]).toMatch(/^ONNX IR version \d+, operator sets /);
    for (const { name, source, range } of model.facets.tensors?.list ?? []) {
      expect((await source.read(range.offset, range.length)).byteLength, name).toBe(range.length);
    }
  });

  it('hands out the values of a tensor by name, wherever its bytes lie', async () => {
    const { bytes, file, expected } = fixture('external-data');
    const model = await readBytes(bytes, file);
    const weights = await model.facets.tensors?.values('w');

    expect(model.facets.tensors?.list.map(({ name, shape }) => [name, shape])).toEqual([['w', [4, 5]], ['b', [5]], ['s', [1]]]);
    // The head has one row a class, the file one column.
    expect(weights?.[1]).toBeCloseTo(expected.head?.weights[4] ?? NaN, 6);
    await expect(model.facets.tensors?.values('nowhere')).rejects.toMatchObject({ code: 'internal/unexpected' });
  });

  it('lists external files as artifacts with digests of their own', async () => {
    const { bytes, file } = fixture('external-data');
    const model = await readBytes(bytes, file);
    const content = await readFile(path.join(path.dirname(file), 'external-weights.bin'));

    expect(model.companions[0]).toMatchObject({ path: 'models/external-weights.bin', digest: sha256Of(content) });
    expect(model.facets.graph?.externalFiles).toEqual(model.companions);
    expect(model.notes).toContain('3 tensors lie in 2 external files.');
  });

  it('gives every tensor a name of its own', async () => {
    const graph = graphBuilder();
    const x = graph.input('x', 'float');
    graph.constant('a/t', Float32Array.of(1), []);
    graph.output(graph.node('Custom', [x], { name: 'a', domain: 'com.example', attributes: { t: attribute.tensor(tensorOf('', Float32Array.of(2), [])) } }));
    const bytes = await encodeOnnxModel(modelOf(graph.graph(), { opsetImports: { '': 17, 'com.example': 1 } }));
    const model = await readBytes(bytes, 'model.onnx');

    expect(model.facets.tensors?.list.map(({ name }) => name)).toEqual(['a/t', 'a/t#2']);
    expect(await model.facets.tensors?.values('a/t#2')).toEqual(Float32Array.of(2));
    expect(model.notes).toContain('Operators of other domains: com.example:Custom.');
  });

  it('keeps the model’s own metadata beside what the file says of its origin', async () => {
    const { bytes, file } = fixture('documentation');
    const { metadata } = (await readBytes(bytes, file)).facets;

    expect(Object.fromEntries(metadata ?? [])).toMatchObject({ author: 'somebody', 'onnx.opset_imports': 'ai.onnx 17', 'onnx.producer_name': 'modelgate-fixtures', 'onnx.doc_string': 'a model' });
  });
});

describe('reading an invalid model', () => {
  it.each(rejectFixtures)('$name is $code and names the file', async ({ bytes, file, code }) => {
    await expect(readBytes(bytes, file)).rejects.toMatchObject({ code, blame: 'artifact', where: { artifact: expect.stringContaining('models/') as string } });
  });

  it('that is larger than protobuf allows reads none of it', async () => {
    const huge: Artifact = { path: 'huge.onnx', digest: sha256Of(''), bytes: { size: 2 ** 31, read: () => Promise.reject(new Error('read')) } };
    const openCompanion = (): Promise<Artifact> => Promise.reject(new Error('opened'));

    await expect(onnx.read(huge, { signal: new AbortController().signal, openCompanion })).rejects.toMatchObject({ code: 'artifact/too-large' });
  });

  it('stops when the run is cancelled', async () => {
    const { bytes, file } = fixture('conv-gemm');
    const controller = new AbortController();
    controller.abort();

    await expect(readBytes(bytes, file, controller.signal)).rejects.toMatchObject({ code: 'inspection/cancelled' });
  });

  it('opens no external file of a model that is invalid otherwise', async () => {
    const opened: string[] = [];
    const { bytes } = fixture('external-data');
    const artifact: Artifact = { path: 'm.onnx', digest: sha256Of(bytes), bytes: memorySource(bytes.slice(0, -3)) };
    const openCompanion = (location: string): Promise<Artifact> => {
      opened.push(location);
      return Promise.reject(new Error('opened'));
    };

    await expect(onnx.read(artifact, { signal: new AbortController().signal, openCompanion })).rejects.toMatchObject({ code: 'format/truncated' });
    expect(opened).toEqual([]);
  });
});

describe('external data on disk', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'modelgate-onnx-'));
    await mkdir(path.join(folder, 'models', 'parts'), { recursive: true });
    await writeFile(path.join(folder, 'outside.bin'), Buffer.alloc(64));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const tensor = (name: string, location: string, offset: number, length: number, size: number): OnnxTensor => ({
    name,
    dataType: 'uint8',
    dims: [length],
    raw: { source: memorySource(new Uint8Array(size)), range: { offset, length }, location: 'external', path: location },
  });

  async function readWith(tensors: readonly OnnxTensor[]): Promise<Model> {
    const graph = graphBuilder();
    graph.output(graph.node('Identity', [graph.input('x', 'float')]));
    for (const one of tensors) graph.initializer(one);
    const file = path.join(folder, 'models', 'model.onnx');
    const bytes = await encodeOnnxModel(modelOf(graph.graph()));
    await writeFile(file, bytes);
    const source = await openFileSource(file);
    try {
      const artifact: Artifact = { path: 'models/model.onnx', digest: sha256Of(bytes), bytes: source };
      return await onnx.read(artifact, { signal: new AbortController().signal, openCompanion: openCompanionOf({ file, path: artifact.path }) });
    } finally {
      await source.close();
    }
  }

  it('behind a link that leaves the folder is refused', async () => {
    await symlink('../outside.bin', path.join(folder, 'models', 'link.bin'));

    await expect(readWith([tensor('w', 'link.bin', 0, 4, 64)])).rejects.toMatchObject({ code: 'format/external-data' });
  });

  it('may leave padding, and bytes that are no padding are reported', async () => {
    const content = Buffer.alloc(4096 + 8);
    content.fill(1, 0, 4);
    content.fill(2, 4096, 4100);
    content.write('MZ', 4102);
    await writeFile(path.join(folder, 'models', 'w.bin'), content);
    const { notes } = await readWith([tensor('a', 'w.bin', 0, 4, 4104), tensor('b', 'w.bin', 4096, 4, 4104)]);

    expect(notes).toContain('4 bytes of models/w.bin belong to no tensor, the first at offset 4100.');
    expect(notes.join(' ')).not.toContain('offset 4.');
  });

  it('that tensors share in part is reported, and shared as a whole is not', async () => {
    await writeFile(path.join(folder, 'models', 's.bin'), Buffer.alloc(8, 1));
    const whole = await readWith([tensor('a', 's.bin', 0, 8, 8), tensor('b', 's.bin', 0, 8, 8)]);
    const part = await readWith([tensor('a', 's.bin', 0, 6, 8), tensor('b', 's.bin', 4, 4, 8)]);

    expect(whole.notes.join(' ')).not.toContain('overlap');
    expect(part.notes).toContain('1 tensor of models/s.bin overlaps others in part.');
  });

  it('named in two spellings is one file', async () => {
    await writeFile(path.join(folder, 'models', 'parts', 'p.bin'), Buffer.alloc(8, 1));
    const model = await readWith([tensor('a', 'parts/p.bin', 0, 4, 8), tensor('b', './parts/p.bin', 4, 4, 8)]);

    expect(model.companions.map((one) => one.path)).toEqual(['models/parts/p.bin']);
    expect(await model.facets.tensors?.values('b')).toEqual(Float64Array.of(1, 1, 1, 1));
  });

  it('that changes after it was read is refused', async () => {
    const file = path.join(folder, 'models', 'c.bin');
    await writeFile(file, Buffer.alloc(8, 1));
    const model = await readWith([tensor('a', 'c.bin', 0, 8, 8)]);
    await truncate(file, 2);

    await expect(model.facets.tensors?.values('a')).rejects.toMatchObject({ blame: expect.any(String) as string });
  });

  it('of gigabytes is not held in memory', async () => {
    const file = path.join(folder, 'models', 'sparse.bin');
    await writeFile(file, '');
    await truncate(file, 200 * 2 ** 20);
    const before = process.memoryUsage().arrayBuffers;
    const model = await readWith([tensor('a', 'sparse.bin', 0, 200 * 2 ** 20, 0)]);

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20);
    expect(model.companions[0]?.bytes.size).toBe(200 * 2 ** 20);
  });
});
