import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { gradientInspection } from '../../src/detectors/gradient-inspection.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { featureSet, POISON_TARGET } from '../support/poisoned-sets.ts';

const measure = async ({ dataset, classifier }: Pick<ReturnType<typeof featureSet>, 'dataset' | 'classifier'>) => {
  const facets = { dataset, classifier };
  return gradientInspection.detect({ ...fakeModel(facets), facets }, Value.Create(gradientInspection.options), detectContext());
};

/** With scores as far apart as those of a network that was trained for long. */
const sure = (set: ReturnType<typeof featureSet>): ReturnType<typeof featureSet> => ({
  ...set,
  classifier: { ...set.classifier, logits: async (pixels, count) => (await set.classifier.logits(pixels, count)).map((score) => 12 * score) },
});

describe('gradient-inspection', () => {
  it.each([24, 100])('names the class that %i samples were planted in and ranks them first, also where they are more than the class', async (poisoned) => {
    const set = sure(featureSet({ poisoned }));
    const detection = await measure(set);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(gradientInspection.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'two-gradients', location: { targetClass: POISON_TARGET } });
    const { sampleScores } = detection;
    if (sampleScores === undefined) throw new Error('no scores');
    expect(rankingAuc(sampleScores, set.planted)).toBeGreaterThan(0.97);
    expect(sampleScores.suspects.length).toBeGreaterThan(0);
  });

  it('leaves a set alone in which nothing was planted', async () => {
    const detection = await measure(sure(featureSet()));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThanOrEqual(gradientInspection.meta.metric.threshold);
    expect(detection.sampleScores?.suspects).toEqual([]);
  });

  it('says why it cannot tell: images of another size, scores that are not numbers, too few classes, no time', async () => {
    const { dataset, classifier } = featureSet();
    const inconclusive = (reason: string) => ({ outcome: 'inconclusive', reason: expect.stringContaining(reason) as string });

    expect(await measure({ dataset, classifier: { ...classifier, input: { ...classifier.input, width: 5 } } })).toMatchObject(inconclusive("size of the model's input, 1x1x5"));
    expect(await measure({ dataset, classifier: { ...classifier, logits: async (_, count) => new Float32Array(6 * count).fill(Number.NaN) } })).toMatchObject(inconclusive('not numbers'));
    expect(await measure({ dataset, classifier: { ...classifier, classCount: 4, logits: async (_, count) => new Float32Array(4 * count) } })).toMatchObject(inconclusive('too few to compare'));
    const facets = { dataset, classifier };
    expect(await gradientInspection.detect({ ...fakeModel(facets), facets }, {}, { ...detectContext(), outOfTime: () => true })).toMatchObject(inconclusive('time ran out'));
  });
});
