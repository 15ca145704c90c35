import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import type { Detector } from '../../src/detectors/detector.ts';
import { detectContext } from './detect-context.ts';
import { fakeModel } from './fake-model.ts';
import { featureSet, POISON_TARGET } from './poisoned-sets.ts';

/** What every detector that looks at the features of a dataset's samples by class has to do. `message` is what it says of the class. */
export function findsPlantedSamples<Message extends string>(detector: Detector<'dataset' | 'classifier', Message>, message: Message): void {
  const measure = async ({ dataset, classifier }: Pick<ReturnType<typeof featureSet>, 'dataset' | 'classifier'>) => {
    const facets = { dataset, classifier };
    return detector.detect({ ...fakeModel(facets), facets }, Value.Create(detector.options) as never, detectContext());
  };

  describe(detector.meta.id, () => {
    it('names the class that samples were planted in and ranks them first', async () => {
      const set = featureSet({ poisoned: 24 });
      const detection = await measure(set);

      if (detection.outcome !== 'measured') throw new Error(detection.reason);
      expect(detection.metric).toBeGreaterThan(detector.meta.metric.threshold);
      expect(detection.observations[0]).toMatchObject({ message, location: { targetClass: POISON_TARGET } });
      const { sampleScores } = detection;
      if (sampleScores === undefined) throw new Error('no scores');
      expect(rankingAuc(sampleScores, set.planted)).toBeGreaterThan(0.97);
      expect(sampleScores.suspects.length).toBeGreaterThan(0);
    });

    it('leaves a set alone in which nothing was planted', async () => {
      const detection = await measure(featureSet());

      if (detection.outcome !== 'measured') throw new Error(detection.reason);
      expect(detection.metric).toBeLessThanOrEqual(detector.meta.metric.threshold);
      expect(detection.sampleScores?.suspects).toEqual([]);
    });

    it('says why it cannot tell when the images do not fit the model', async () => {
      const { dataset, classifier } = featureSet();

      expect(await measure({ dataset, classifier: { ...classifier, input: { ...classifier.input, width: 5 } } })).toMatchObject({
        outcome: 'inconclusive', reason: expect.stringContaining("size of the model's input, 1x1x5") as string,
      });
    });
  });
}
