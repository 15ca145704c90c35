import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { scan } from '../../src/detectors/scan.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { featureSet, POISON_TARGET } from '../support/poisoned-sets.ts';

const measure = async ({ dataset, classifier }: Pick<ReturnType<typeof featureSet>, 'dataset' | 'classifier'>) => {
  const facets = { dataset, classifier };
  return scan.detect({ ...fakeModel(facets), facets }, Value.Create(scan.options), detectContext());
};

describe('scan', () => {
  it('names the class that samples were planted in and ranks them first', async () => {
    const set = featureSet({ poisoned: 24 });
    const detection = await measure(set);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(scan.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'two-identities', location: { targetClass: POISON_TARGET } });
    const { sampleScores } = detection;
    if (sampleScores === undefined) throw new Error('no scores');
    expect(rankingAuc(sampleScores, set.planted)).toBeGreaterThan(0.97);
    expect(sampleScores.suspects.length).toBeGreaterThan(0);
  });

  it('leaves a set alone in which nothing was planted', async () => {
    const detection = await measure(featureSet());

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThanOrEqual(scan.meta.metric.threshold);
    expect(detection.sampleScores?.suspects).toEqual([]);
  });

  it('says why it cannot tell when the images do not fit the model', async () => {
    const { dataset } = featureSet();
    const { classifier } = featureSet();

    expect(await measure({ dataset, classifier: { ...classifier, input: { ...classifier.input, width: 5 } } })).toMatchObject({
      outcome: 'inconclusive', reason: expect.stringContaining("size of the model's input, 1x1x5") as string,
    });
  });
});
