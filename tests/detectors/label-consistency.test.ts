import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { labelConsistency } from '../../src/detectors/label-consistency.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { imageSet, POISON_TARGET } from '../support/poisoned-sets.ts';

const measure = async (dataset: ReturnType<typeof imageSet>['dataset']) =>
  labelConsistency.detect({ ...fakeModel({ dataset }), facets: { dataset } }, { neighbours: 5 }, detectContext());

describe('label-consistency', () => {
  it('finds samples that look like other classes than the one they are labelled with', async () => {
    const set = imageSet({ perClass: 120, poisoned: 24 });
    const detection = await measure(set.dataset);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(labelConsistency.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'doubtful-labels', location: { targetClass: POISON_TARGET } });
    expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, set.planted)).toBeGreaterThan(0.9);
  });

  it('doubts no class of a set whose labels are right', async () => {
    const detection = await measure(imageSet({ perClass: 120 }).dataset);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(labelConsistency.meta.metric.threshold);
    expect(detection.sampleScores?.suspects).toEqual([]);
  });
});
