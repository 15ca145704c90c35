import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/artifacts/changes.ts';
import { collectDatasets } from '../../../src/gate/datasets/collect-datasets.ts';
import type { GateRequest } from '../../../src/gate-request.ts';
import type { DatasetBlock } from '../../../src/policy/policy.ts';
import { temporaryFolder } from '../../artifacts/temporary-folder.ts';
import { policyOf } from '../../policy/evidence.ts';

const signal = new AbortController().signal;

async function requestOf(datasets: readonly DatasetBlock[], rest: Partial<GateRequest> = {}): Promise<GateRequest> {
  const root = await temporaryFolder();
  for (const file of ['data/pets/cat/1.png', 'data/pets/dog/2.png', 'data/cars/a.csv', 'data/README.md', 'reviews.jsonl', 'models/m.onnx']) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), 'x');
  }
  return {
    root, scope: { kind: 'paths', paths: ['.'] }, policy: policyOf({ datasets: [...datasets] }), lockfile: undefined, ignoredHeadChanges: [],
    samples: undefined, baseline: undefined, seed: 0, budgetSeconds: undefined, engine: 'auto', threads: 1, warnOnly: false, ...rest,
  };
}

const pathsOf = async (request: GateRequest): Promise<readonly string[]> => (await collectDatasets(request, signal)).datasets.map((one) => one.path);
const changes = (...list: readonly Change[]): GateRequest['scope'] => ({ kind: 'changes', changes: { known: true, by: 'git', list } });

describe('collectDatasets', () => {
  it('finds what blocks name: folders, files, and the outermost folders and data files that a glob means', async () => {
    expect(await pathsOf(await requestOf([{ match: 'data/pets/' }, { match: 'reviews.jsonl' }]))).toEqual(['data/pets', 'reviews.jsonl']);
    expect(await pathsOf(await requestOf([{ match: 'data/*' }]))).toEqual(['data/cars', 'data/pets']);
    expect(await pathsOf(await requestOf([{ match: '*.jsonl' }, { match: 'data/nothing' }]))).toEqual(['reviews.jsonl']);
  });

  it('takes a dataset when a changed file is in it, or is its manifest, its model or its log', async () => {
    const block: DatasetBlock = { match: 'data/pets', model: 'models/m.onnx', trainingLog: 'log.csv' };
    const of = async (change: Change): Promise<readonly string[]> => pathsOf(await requestOf([block], { scope: changes(change) }));

    for (const file of ['data/pets/cat/1.png', 'data/pets.modelgate-dataset.json', 'models/m.onnx', 'log.csv']) expect(await of({ path: file, kind: 'modified' }), file).toEqual(['data/pets']);
    expect(await of({ path: 'elsewhere/1.png', kind: 'renamed', previousPath: 'data/pets/cat/3.png' })).toEqual(['data/pets']);
    expect(await of({ path: 'data/pets/gone.png', kind: 'deleted' })).toEqual(['data/pets']);
    expect(await of({ path: 'data/petshop/1.png', kind: 'modified' })).toEqual([]);
  });

  it('takes all of them when nobody knows what changed, and those of the command line whatever the scope is', async () => {
    expect(await pathsOf(await requestOf([{ match: 'data/pets' }], { scope: { kind: 'changes', changes: { known: false, reason: 'x' } } }))).toEqual(['data/pets']);
    expect(await pathsOf(await requestOf([], { scope: changes(), datasets: ['data/cars'] }))).toEqual(['data/cars']);
  });

  it('says of a dataset that the policy names and that is not there that it was skipped', async () => {
    const skipped = async (rest: Partial<GateRequest>) => (await collectDatasets(await requestOf([{ match: 'data/pests' }, { match: 'data/pets' }], rest), signal)).skipped.map((one) => one.path);

    expect(await skipped({})).toEqual(['data/pests']);
    expect(await skipped({ scope: changes() })).toEqual(['data/pests']);
    expect(await skipped({ scope: { kind: 'paths', paths: ['models'] } })).toEqual([]);
  });

  it('says what changed in a dataset of the command line that the change touches', async () => {
    const scope = changes({ path: 'data/cars/a.csv', kind: 'modified' }, { path: 'README.md', kind: 'modified' });
    const { datasets } = await collectDatasets(await requestOf([], { scope, datasets: ['data/cars', 'data/pets'] }), signal);

    expect(datasets.map((one) => [one.path, one.changes?.map((change) => change.path)])).toEqual([['data/cars', ['data/cars/a.csv']], ['data/pets', undefined]]);
  });

  it('merges blocks, the last one winning, and asks for sources where allowed ones are named', async () => {
    const { datasets } = await collectDatasets(await requestOf([{ match: 'data/*', labelColumn: 'a', requireLocked: false }, { match: 'data/cars', labelColumn: 'b', allowedSources: ['x'] }]), signal);

    expect(datasets.find((one) => one.path === 'data/cars')?.settings).toMatchObject({ labelColumn: 'b', requireLocked: false, requireSources: true, manifest: 'data/cars.modelgate-dataset.json' });
    expect(datasets.find((one) => one.path === 'data/pets')?.settings).toMatchObject({ labelColumn: 'a', requireSources: false });
  });

  it('gives every dataset to every shard, which reads its part of the samples', async () => {
    const parts = await Promise.all([1, 2].map(async (index) => collectDatasets(await requestOf([{ match: 'data/*' }], { shard: { index, count: 2 } }), signal)));

    expect(parts.map(({ datasets }) => datasets.map((one) => one.path))).toEqual([['data/cars', 'data/pets'], ['data/cars', 'data/pets']]);
  });
});
