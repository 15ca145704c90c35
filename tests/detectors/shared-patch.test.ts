import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { sharedPatch } from '../../src/detectors/shared-patch.ts';
import { memoryDataset } from '../support/memory-dataset.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { imageSet, POISON_TARGET } from '../support/poisoned-sets.ts';

const measure = async (dataset: ReturnType<typeof imageSet>['dataset'], imagesPerClass = 240) =>
  sharedPatch.detect({ ...fakeModel({ dataset }), facets: { dataset } }, { imagesPerClass }, detectContext());

const checkerboard = (pixels: Uint8Array): Uint8Array => pixels.map((value, at) => (at % 16 > 11 && at > 12 * 16 ? 255 * ((at + (at >> 4)) % 2) : value));
const grain = Array.from({ length: 256 }, (_, at) => 24 * Math.sin(1e4 * Math.sin(12.9898 * at)));
const blended = (pixels: Uint8Array): Uint8Array => pixels.map((value, at) => Math.max(0, Math.min(255, Math.round(value + (grain[at] ?? 0)))));

describe('shared-patch', () => {
  it.each([['a patch', checkerboard], ['a faint grain', blended]])('finds the class whose samples share %s, and ranks these first', async (_what, plant) => {
    const set = imageSet({ poisoned: 16, plant });
    const detection = await measure(set.dataset);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(sharedPatch.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'recurring-pattern', location: { targetClass: POISON_TARGET } });
    expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, set.planted)).toBeGreaterThan(0.98);
  });

  it('scores samples it did not learn from', async () => {
    const set = imageSet({ poisoned: 24, plant: checkerboard });
    const detection = await measure(set.dataset, 48);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, set.planted)).toBeGreaterThan(0.98);
  });

  it('takes neither clean classes nor wrong labels without a pattern for one', async () => {
    for (const set of [imageSet(), imageSet({ poisoned: 16 })]) {
      const detection = await measure(set.dataset);

      if (detection.outcome !== 'measured') throw new Error(detection.reason);
      expect(detection.metric).toBeLessThan(sharedPatch.meta.metric.threshold);
      expect(detection.sampleScores?.suspects).toEqual([]);
    }
  });

  it('does not tell from texts or from a handful of images', async () => {
    expect(await measure(memoryDataset([{ content: { kind: 'text', text: 'a' }, label: 0 }], ['a']))).toMatchObject({ outcome: 'inconclusive', reason: 'The dataset holds no images.' });
    expect(await measure(imageSet({ perClass: 4 }).dataset)).toMatchObject({ outcome: 'inconclusive' });
  });
});
