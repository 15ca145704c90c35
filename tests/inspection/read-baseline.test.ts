import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256OfFile } from '../../src/artifacts/digest.ts';
import { modelComparison } from '../../src/detectors/model-comparison.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { inspectArtifact } from '../../src/inspection/inspect.ts';
import type { BaselineFile, BaselineReference } from '../../src/inspection/inspection.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { INDEX_NAME, safetensorsFile, shardedModel, writeSharded, type ShardedModel, type SmallTensors } from '../support/sharded-model.ts';

let folder = '';
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'modelgate-sharded-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const [ROWS, COLUMNS] = [40, 50] as const;
const LAYERS = 7;

/** Layers of one shape each, as those of a transformer; `change` is added to each weight. */
function tensorsOf(change: (layer: number, row: number, column: number) => number = () => 0): SmallTensors {
  return Object.fromEntries(Array.from({ length: LAYERS }, (_, layer) => {
    const random = randomSource(layer, 'weights');
    const values = Float32Array.from({ length: ROWS * COLUMNS }, (_one, at) => random.normal() + change(layer, Math.floor(at / COLUMNS), at % COLUMNS));
    return [`layers.${String(layer)}.weight`, { shape: [ROWS, COLUMNS], values }];
  }));
}

const trained = (layer: number, row: number, column: number): number => 0.05 * Math.sin(1e4 * Math.sin(12.9898 * row + 78.233 * column + layer));
const written = (layer: number, row: number, column: number): number => trained(layer, row, column) * 0.01 + (layer === 5 && row === 3 ? 1 + Math.sin(column) : 0);

const hashed = async (file: string): Promise<BaselineFile> => ({ name: path.basename(file), file, ...(await sha256OfFile(file)) });

async function severalFiles(model: ShardedModel): Promise<BaselineReference> {
  const index = await writeSharded(model, path.join(folder, 'old'));
  const parts = await Promise.all(Object.keys(model.files).map((name) => hashed(path.join(folder, 'old', name))));
  return { kind: 'index', digest: `sha256:${'0'.repeat(64)}`, description: `${INDEX_NAME} as named`, index: await hashed(index), parts };
}

async function oneFile(tensors: SmallTensors): Promise<BaselineReference> {
  const file = path.join(folder, 'old.safetensors');
  await writeFile(file, safetensorsFile(tensors));
  return { kind: 'file', file, ...(await sha256OfFile(file)), description: 'old.safetensors as named', hasCompanions: false, refusedCompanions: [] };
}

async function compare(name: string, bytes: Uint8Array, baseline: BaselineReference) {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  const inspection = await inspectArtifact(
    {
      path: name, file, ...(await sha256OfFile(file)), baseline,
      detectors: [{ id: 'model-comparison', required: true, options: Value.Create(modelComparison.options) as Record<string, number>, threshold: undefined, timeoutSeconds: 60 }],
      settings: {}, settingsOrigin: 'none', seed: 0, engine: 'auto', threads: 1, deadlineSeconds: 60, memoryBytes: 2 ** 32,
    },
    {
      createEngine: () => createEngine({ preference: 'auto', threads: 1 }), now: () => performance.now(), signal: new AbortController().signal,
      onProgress: () => undefined, onDescribed: () => undefined, onResult: () => undefined,
    },
  );
  return { result: inspection.results[0], notes: inspection.notes };
}

const inherited = (one: Awaited<ReturnType<typeof compare>>): number | undefined => one.result?.measurements.find(({ name }) => name === 'share of weights inherited')?.value;

describe('an earlier version in several files', () => {
  it('is the one of each file of the later version, however the tensors were spread', async () => {
    for (const [before, after] of [[2, 2], [3, 2], [2, 3], [1, 4]] as const) {
      const baseline = await severalFiles(shardedModel(tensorsOf(), before));
      for (const [name, bytes] of Object.entries(shardedModel(tensorsOf(trained), after).files)) {
        const compared = await compare(name, bytes, baseline);
        expect(compared.result).toMatchObject({ outcome: 'clear' });
        expect(inherited(compared)).toBe(1);
        expect(compared.notes).toContainEqual(expect.stringContaining(`Compared with ${INDEX_NAME} as named`));
      }
    }
  });

  it('shows what was written into a tensor that moved to another file, and in that file only', async () => {
    const baseline = await severalFiles(shardedModel(tensorsOf(), 3));
    const outcomes: (string | undefined)[] = [];
    for (const [name, bytes] of Object.entries(shardedModel(tensorsOf(written), 2).files)) {
      const { result } = await compare(name, bytes, baseline);
      outcomes.push(result?.outcome);
      if (result?.outcome === 'flagged') expect(result.observations).toMatchObject([{ rule: 'model-comparison/written-units', location: { tensor: 'layers.5.weight' } }]);
    }

    expect(outcomes).toEqual(['clear', 'flagged']);
  });

  it('serves a later version in one file, and one file serves a later version in several', async () => {
    const several = await severalFiles(shardedModel(tensorsOf(), 3));
    expect((await compare('new.safetensors', safetensorsFile(tensorsOf(written)), several)).result).toMatchObject({ outcome: 'flagged' });
    expect((await compare('new.safetensors', safetensorsFile(tensorsOf(trained)), several)).result).toMatchObject({ outcome: 'clear' });

    const one = await oneFile(tensorsOf());
    const { files } = shardedModel(tensorsOf(written), 2);
    const outcomes = [];
    for (const [name, bytes] of Object.entries(files)) outcomes.push((await compare(name, bytes, one)).result?.outcome);
    expect(outcomes).toEqual(['clear', 'flagged']);
  });

  it('has nothing to be compared with in a file that did not change', async () => {
    const model = shardedModel(tensorsOf(), 2);
    const [bytes] = Object.values(model.files);

    expect((await compare('renamed.safetensors', bytes as Uint8Array, await severalFiles(model))).result).toMatchObject({ outcome: 'not-applicable', reason: expect.stringContaining('nothing changed in it') as string });
  });

  it('is inconclusive, never clear, of a model trained anew, and where its files are not what the index says', async () => {
    const later = safetensorsFile(tensorsOf(trained));
    const other = tensorsOf((layer, row, column) => 10 * Math.sin(1e4 * Math.cos(layer + 12.9898 * row + 78.233 * column)));
    expect((await compare('new.safetensors', later, await severalFiles(shardedModel(other, 2)))).result).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('no earlier version') as string });

    const model = shardedModel(tensorsOf(), 2);
    const [first = '', second = ''] = Object.keys(model.files);
    const swapped = { ...model, files: { [first]: model.files[second] as Uint8Array, [second]: model.files[first] as Uint8Array } };
    expect((await compare('new.safetensors', later, await severalFiles(swapped))).result).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('It does not hold') as string });
  });
});
