import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import type { Detection } from '../../src/detectors/detector.ts';
import { referenceNeighbours } from '../../src/detectors/reference-neighbours.ts';
import type { ReferenceSet } from '../../src/model/reference-set.ts';
import { projectLayer } from '../../src/reference/project-layer.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { tensorsOf, toyLayers, toyReference, type ToyLayer } from '../support/reference-models.ts';

const sizes: Parameters<typeof toyLayers>[1] = [[16, 24], [8, 16]];
const base = toyLayers(randomSource(0, 'base'), sizes);
const threshold = referenceNeighbours.meta.metric.threshold;

/** A fine-tune of the common base: every weight moved a little. */
function tuned(seed: number, step = 0.1): readonly ToyLayer[] {
  const random = randomSource(seed, 'tuned');
  return base.map((one) => ({ ...one, values: one.values.map((value) => value + step * random.normal()) }));
}

/** A family trained from one start. */
const family: ReferenceSet = {
  ...toyReference(sizes, { clean: 25, backdoored: 1 }),
  models: toyReference(sizes, { clean: 25, backdoored: 1 }).models.map((one, at) => {
    if (one.label === 'backdoored') return one;
    const rows = tuned(at).map(({ values }, place) => projectLayer(values, 64, 0, place) ?? new Float64Array(64));
    return { ...one, projections: Float64Array.from(rows.flatMap((row) => [...row])) };
  }),
};

function detect(layers: readonly ToyLayer[], reference = family, options: Record<string, unknown> = {}, digest?: `sha256:${string}`): Promise<Detection> {
  const model = fakeModel();
  const artifact = { ...model.artifact, ...(digest === undefined ? {} : { digest }) };
  return referenceNeighbours.detect({ ...model, artifact, facets: { tensors: tensorsOf(layers), reference } }, { ...Value.Create(referenceNeighbours.options), ...options }, detectContext());
}

describe('reference-neighbours', () => {
  it('flags a model that was moved farther than the family was, and one from another start', async () => {
    for (const layers of [tuned(101, 0.2), toyLayers(randomSource(5, 'other'), sizes)]) {
      const detection = await detect(layers);
      if (detection.outcome !== 'measured') throw new Error(detection.reason);
      expect(detection.metric).toBe(1 / 26);
      expect(detection.metric).toBeLessThan(threshold);
    }
  });

  it('leaves further members of the family and exact copies alone', async () => {
    let flagged = 0;
    for (let seed = 200; seed < 220; seed += 1) {
      const detection = await detect(tuned(seed));
      if (detection.outcome !== 'measured' || detection.metric < threshold) flagged += 1;
    }
    // One in twenty-six by chance.
    expect(flagged).toBeLessThanOrEqual(3);
    expect(await detect(tuned(4))).toMatchObject({ outcome: 'measured', observations: [{ data: { nearest: 'clean-4.onnx' } }] });
  });

  it('works with clean models only, and recognizes a listed backdoored one by its bytes', async () => {
    const clean = { ...family, models: family.models.filter(({ label }) => label === 'clean') };
    expect((await detect(tuned(300), clean)).outcome).toBe('measured');

    const listed = family.models.find(({ label }) => label === 'backdoored');
    expect(await detect(tuned(300), family, {}, listed?.digest)).toMatchObject({ metric: 0, observations: [{ message: 'known-backdoored-model' }] });
  });

  it('cannot tell with too few clean models, of another architecture, or among copies', async () => {
    expect(await detect(tuned(1), { ...family, models: family.models.slice(0, 19) })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/19 clean models; 20 are needed/) as string });
    expect(await detect(tuned(1), family, { neighbours: 30 })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/31 are needed/) as string });
    expect(await detect(toyLayers(randomSource(1, 'x'), [[16, 23], [8, 16]]))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/not of the reference’s architecture/) as string });
    const copies = { ...family, models: family.models.map((one) => ({ ...one, label: 'clean' as const, projections: family.models[0]?.projections ?? new Float64Array(0) })) };
    expect(await detect(tuned(0), copies)).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/all the same/) as string });
  });
});
