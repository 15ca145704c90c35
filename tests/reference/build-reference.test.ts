import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import type { Model } from '../../src/model/model.ts';
import type { ReferenceLabel } from '../../src/model/reference-set.ts';
import { buildReference, type BuildReferenceRequest } from '../../src/reference/build-reference.ts';
import { parseReference } from '../../src/reference/read-reference.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { fakeModel } from '../support/fake-model.ts';
import { tensorsOf, toyLayers } from '../support/reference-models.ts';

function modelOf(name: string, label: ReferenceLabel, change: (layers: ReturnType<typeof toyLayers>) => ReturnType<typeof toyLayers> = (layers) => layers): Model {
  const layers = change(toyLayers(randomSource(0, name), [[12, 16], [4, 12]], label === 'backdoored' ? 2 : 1));
  return { ...fakeModel({ tensors: tensorsOf(layers) }), artifact: { path: name, digest: sha256Of(name), bytes: memorySource(new Uint8Array(0)) } };
}

const opened = (model: Model) => ({ model, close: async () => undefined });

function request(counts: { readonly clean: number; readonly backdoored: number }, rest: Partial<BuildReferenceRequest> = {}): BuildReferenceRequest {
  const models = (['clean', 'backdoored'] as const).flatMap((label) => Array.from({ length: counts[label] }, (_, at) => ({ path: `${label}-${at}`, label })));
  return {
    models,
    open: async (name) => opened(modelOf(name, name.startsWith('clean') ? 'clean' : 'backdoored')),
    settings: { seed: 0, projectionLength: 64, varianceKept: 0.9, decomposition: 'parafac2', classifier: 'gradient-boosting' },
    compare: { decompositions: [], classifiers: [] },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...rest,
  };
}

describe('buildReference', () => {
  it('makes a file that can be read, with digests, labels and cross-validated figures of what was asked for', async () => {
    const { file, rows } = await buildReference(request({ clean: 8, backdoored: 8 }, { compare: { decompositions: ['mcca-maxvar'], classifiers: [] } }));
    const read = parseReference(new TextEncoder().encode(JSON.stringify(file)), 'reference.json');

    expect(read.models.map(({ path, digest }) => [path, digest])).toEqual(request({ clean: 8, backdoored: 8 }).models.map(({ path }) => [path, sha256Of(path)]));
    expect(rows.map(({ decomposition, classifier }) => [decomposition, classifier])).toEqual([['mcca-maxvar', 'gradient-boosting'], ['parafac2', 'gradient-boosting']]);
    expect(file.validation.length).toBe(2);
    for (const { models, rocAuc } of file.validation) {
      expect(models).toBe(16);
      expect(rocAuc.value).toBeGreaterThan(0.8);
      expect(rocAuc.low).toBeLessThanOrEqual(rocAuc.value);
    }
  });

  it('is the same bytes for the same models and seed, and others for another seed', async () => {
    const [one, two, other] = await Promise.all([0, 0, 1].map((seed) => buildReference(request({ clean: 4, backdoored: 0 }, { settings: { ...request({ clean: 0, backdoored: 0 }).settings, seed } }))));

    expect(JSON.stringify(one?.file)).toBe(JSON.stringify(two?.file));
    expect(JSON.stringify(other?.file)).not.toBe(JSON.stringify(one?.file));
  });

  it('measures nothing where there is one kind of models', async () => {
    expect((await buildReference(request({ clean: 6, backdoored: 0 }))).file.validation).toEqual([]);
  });

  it.each<[string, (layers: ReturnType<typeof toyLayers>) => ReturnType<typeof toyLayers>, RegExp]>([
    ['another architecture', ([hidden, head]) => [hidden, { ...head, shape: [3, 16] }] as never, /one architecture/],
    ['values that are not finite', ([hidden, head]) => [hidden, { ...head, values: new Float32Array(48).fill(NaN) }] as never, /not finite/],
    ['no weights', () => [], /has 0 weight tensors/],
  ])('refuses a model with %s, and names it', async (_name, change, why) => {
    const open: BuildReferenceRequest['open'] = async (name) => opened(modelOf(name, 'clean', name === 'clean-3' ? change : undefined));

    await expect(buildReference(request({ clean: 6, backdoored: 0 }, { open }))).rejects.toMatchObject({ code: 'reference/invalid', where: { artifact: 'clean-3' }, message: expect.stringMatching(why) as string });
  });

  it('refuses the same file twice, a single model, and stops when it is cancelled', async () => {
    await expect(buildReference(request({ clean: 3, backdoored: 0 }, { open: async () => opened(modelOf('clean-0', 'clean')) }))).rejects.toThrow(/same file as clean-0/);
    await expect(buildReference(request({ clean: 1, backdoored: 0 }))).rejects.toThrow(/2 to 1000/);
    await expect(buildReference(request({ clean: 3, backdoored: 0 }, { signal: AbortSignal.abort() }))).rejects.toThrow(/abort/i);
  });
});
