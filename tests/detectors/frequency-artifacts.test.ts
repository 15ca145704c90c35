import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { frequencyArtifacts } from '../../src/detectors/frequency-artifacts.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { warpTrigger } from '../../src/triggers/warp.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { imageSet, POISON_TARGET } from '../support/poisoned-sets.ts';

const measure = async (dataset: ReturnType<typeof imageSet>['dataset']) =>
  frequencyArtifacts.detect({ ...fakeModel({ dataset }), facets: { dataset } }, { taughtImages: 300 }, detectContext());

const trigger = warpTrigger({ cells: 4, pixels: 1, seedName: 'planted', random: randomSource(99, 'planted') });
const warped = (pixels: Uint8Array): Uint8Array =>
  Uint8Array.from(trigger.apply(Float32Array.from(pixels, (value) => value / 255), 1, { channels: 1, height: 16, width: 16 }), (value) => Math.round(255 * value));

describe('frequency-artifacts', () => {
  it('finds the class that warped images were planted in, although no pixel pattern is shared', async () => {
    const set = imageSet({ poisoned: 30, plant: warped });
    const detection = await measure(set.dataset);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(1);
    expect(detection.observations[0]).toMatchObject({ message: 'altered-class', data: { alteration: 'a warp' }, location: { targetClass: POISON_TARGET } });
    expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, set.planted)).toBeGreaterThan(0.95);
  });

  it('finds a class most of whose images are warped, which would teach that warped ones are plain', async () => {
    const set = imageSet({ poisoned: 160, plant: warped });
    const detection = await measure(set.dataset);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(1);
    expect(detection.observations[0]).toMatchObject({ location: { targetClass: POISON_TARGET } });
    expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, set.planted)).toBeGreaterThan(0.95);
  });

  it('takes neither clean classes nor wrong labels for altered ones', async () => {
    for (const set of [imageSet(), imageSet({ poisoned: 30 })]) {
      const detection = await measure(set.dataset);

      if (detection.outcome !== 'measured') throw new Error(detection.reason);
      expect(detection.metric).toBeLessThan(1);
      expect(detection.sampleScores?.suspects).toEqual([]);
    }
  });
});
