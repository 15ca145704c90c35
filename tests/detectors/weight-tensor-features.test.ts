import { describe, expect, it } from 'vitest';
import { Value } from '@sinclair/typebox/value';
import type { Detection, DetectContext } from '../../src/detectors/detector.ts';
import { weightTensorFeatures } from '../../src/detectors/weight-tensor-features.ts';
import { DECOMPOSITIONS } from '../../src/reference/build-reference.ts';
import type { ReferenceSet } from '../../src/model/reference-set.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { tensorsOf, toyLayers, toyReference, type ToyLayer } from '../support/reference-models.ts';

const sizes = [[16, 24], [8, 16]] as const;
/** The quickest of the decompositions and classifiers; the others have a test of their own. */
const reference = toyReference([[16, 24], [8, 16]], { clean: 26, backdoored: 14 }, { decomposition: 'mcca-maxvar', classifier: 'gradient-boosting' });
const threshold = weightTensorFeatures.meta.metric.threshold;

function layersOf(seed: number, headScale = 1): readonly ToyLayer[] {
  return toyLayers(randomSource(seed, 'candidate'), [[...sizes[0]], [...sizes[1]]], headScale);
}

async function detect(layers: readonly ToyLayer[], rest: { readonly reference?: ReferenceSet; readonly options?: Record<string, unknown>; readonly context?: DetectContext; readonly digest?: `sha256:${string}` } = {}): Promise<Detection> {
  const model = fakeModel();
  const facets = { tensors: tensorsOf(layers), reference: rest.reference ?? reference };
  const options = { ...Value.Create(weightTensorFeatures.options), ...rest.options };
  const artifact = { ...model.artifact, ...(rest.digest === undefined ? {} : { digest: rest.digest }) };
  return weightTensorFeatures.detect({ ...model, artifact, facets }, options, rest.context ?? detectContext());
}

const metricOf = (detection: Detection): number => {
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return detection.metric;
};

describe('weight-tensor-features', () => {
  it('flags models made like the backdoored ones, and leaves nearly all made like the clean ones alone', async () => {
    const [bad, good] = await Promise.all([1.5, 1].map((scale) => Promise.all([1, 2, 3].map(async (seed) => metricOf(await detect(layersOf(seed, scale)))))));

    expect(bad?.filter((p) => p < threshold).length).toBe(3);
    expect(good?.filter((p) => p < threshold).length).toBeLessThanOrEqual(1);
  });

  it.each(DECOMPOSITIONS)('tells them apart by %s too', async (decomposition) => {
    const options = { decomposition };

    expect(metricOf(await detect(layersOf(7, 1.6), { options }))).toBeLessThan(metricOf(await detect(layersOf(7, 1), { options })));
  });

  it('recognizes a listed backdoored model by its bytes, whatever its weights, and measures a listed clean one without itself', async () => {
    const [clean, bad] = [reference.models[0], reference.models[30]];

    expect(await detect(layersOf(1), { digest: bad?.digest ?? 'sha256:' })).toMatchObject({ outcome: 'measured', metric: 0, observations: [{ message: 'known-backdoored-model', data: { path: bad?.path } }] });
    const listed = await detect(layersOf(2), { digest: clean?.digest ?? 'sha256:' });
    expect(listed.measurements?.find(({ name }) => name === 'reference models')?.value).toBe(39);
  });

  it('cannot tell by a reference that does not tell its own models apart', async () => {
    const { models } = toyReference([[16, 24], [8, 16]], { clean: 40, backdoored: 0 });
    const shuffled = { ...reference, models: models.map((one, at) => ({ ...one, label: at % 4 < 2 ? 'clean' : 'backdoored' }) as const) };

    expect(await detect(layersOf(3, 1.5), { reference: shuffled })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/does not tell its own models apart/) as string });
  });

  it.each<[string, readonly ToyLayer[], RegExp]>([
    ['another architecture', toyLayers(randomSource(1, 'x'), [[16, 24], [9, 16]]), /head\.weight.*\[9, 16\].*\[8, 16\]/],
    ['fewer layers', layersOf(1).slice(0, 1), /has 1 weight tensors/],
    ['silent layers', layersOf(1).map((one) => ({ ...one, values: one.values.map(() => 0) })), /all zero/],
    ['weights that are not finite', layersOf(1).map((one) => ({ ...one, values: one.values.map(() => NaN) })), /not finite/],
  ])('cannot tell of a model with %s, and says why', async (_name, layers, why) => {
    expect(await detect(layers)).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(why) as string });
  });

  it('cannot tell with too few models of either kind, or when the time runs out on the way', async () => {
    const few = (clean: number, backdoored: number) => detect(layersOf(1), { reference: toyReference([[16, 24], [8, 16]], { clean, backdoored }) });
    expect(await few(19, 10)).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/19 clean and 10 backdoored/) as string });
    expect(await few(20, 4)).toMatchObject({ outcome: 'inconclusive' });

    let asked = 0;
    const context = detectContext({ outOfTime: () => (asked += 1) > 5 });
    expect(await detect(layersOf(1), { context })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/time/) as string });
  });
});
