import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { superimposedConsistency } from '../../src/detectors/superimposed-consistency.ts';
import { COLUMN_CLASSES, COLUMN_TARGET, columnsClassifier, columnsSet } from '../support/columns-set.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';

/** Whatever shows more than one class is called by the first one, so the first class keeps its label under everything. A white pixel is the trigger. */
const classifier = columnsClassifier((columns, last) => {
  const shown = columns.flatMap((sum, label) => (sum > 5 ? [label] : []));
  const said = shown.length === 1 ? shown[0] : 0;
  return columns.map((_, label) => (label === said ? 1 : 0) + (label === COLUMN_TARGET && last === 1 ? 10 : 0));
});

async function measure(poisoned: number, given = classifier, context = detectContext()) {
  const made = columnsSet({ poisoned, bright: 100, dark: 0, trigger: 255 });
  const facets = { dataset: made.dataset, classifier: given };
  return { ...made, detection: await superimposedConsistency.detect({ ...fakeModel(facets), facets }, { overlays: 16 }, context) };
}

describe('superimposed-consistency', () => {
  it('finds the samples that keep their label under every other sample', async () => {
    const { detection, planted } = await measure(20);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(superimposedConsistency.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'keeps-its-label', location: { targetClass: COLUMN_TARGET } });
    expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, planted)).toBeGreaterThan(0.98);
    expect(new Set(detection.sampleScores?.suspects.map(({ index }) => detection.sampleScores?.ids[index]))).toEqual(planted);
  });

  it('is quiet where all classes give way to what is laid over them, but one that everything mixed is taken for', async () => {
    const { detection } = await measure(0);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(superimposedConsistency.meta.metric.threshold);
    expect(detection.sampleScores?.suspects).toEqual([]);
  });

  it('says the same again for the same seed', async () => {
    const [one, two] = [await measure(20), await measure(20)];

    expect(one.detection).toEqual(two.detection);
  });

  it('could not tell when no sample has the size of the model, when the model answers with no numbers, and when the time ran out', async () => {
    const otherSize = await measure(0, { ...classifier, input: { ...classifier.input, height: 9 } });
    const noNumbers = await measure(0, { ...classifier, logits: async (_pixels, count) => new Float32Array(count * COLUMN_CLASSES).fill(Number.NaN) });
    const late = await measure(0, classifier, { ...detectContext(), outOfTime: () => true });

    expect(otherSize.detection).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('1x9x8') as string });
    expect(noNumbers.detection).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('not numbers') as string });
    expect(late.detection).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('time ran out') as string });
  });
});
