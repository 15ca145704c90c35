import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { scaledConsistency } from '../../src/detectors/scaled-consistency.ts';
import { COLUMN_TARGET, columnsClassifier, columnsSet } from '../support/columns-set.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';

/** A black pixel is the trigger: it stays black when everything else grows white. */
const classifier = columnsClassifier((columns, last) => columns.map((sum, label) => sum + (label === COLUMN_TARGET && last === 0 ? 100 : 0)));

async function measure(poisoned: number, given = classifier) {
  const made = columnsSet({ poisoned, bright: 110, dark: 60, trigger: 0 });
  const facets = { dataset: made.dataset, classifier: given };
  return { ...made, detection: await scaledConsistency.detect({ ...fakeModel(facets), facets }, {}, detectContext()) };
}

describe('scaled-consistency', () => {
  it('finds the samples that keep their label when everything that they show has grown white', async () => {
    const { detection, planted } = await measure(20);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(scaledConsistency.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'keeps-its-label', location: { targetClass: COLUMN_TARGET }, data: { count: 20, share: '25.0 %' } });
    expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, planted)).toBeGreaterThan(0.98);
    expect(detection.sampleScores?.suspects).toHaveLength(20);
  });

  it('takes a class that all bright images are called by for no backdoor', async () => {
    const { detection } = await measure(0);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(scaledConsistency.meta.metric.threshold);
    expect(detection.sampleScores?.suspects).toEqual([]);
  });

  it('says so when no sample has the size of the model', async () => {
    const { detection } = await measure(0, { ...classifier, input: { ...classifier.input, height: 9 } });

    expect(detection).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('1x9x8') as string });
  });
});
