import { describe, expect, it } from 'vitest';
import { poisonedSamples } from '../../src/detectors/poisoned-samples.ts';
import type { DetectContext } from '../../src/detectors/detector.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { imageSet, POISON_TARGET } from '../support/poisoned-sets.ts';

const { dataset, planted } = imageSet({ poisoned: 20 });

/** What a detector ended with that gives planted samples `high` and all others less. */
async function witness(from: string, ratio: number, high: number): Promise<Pick<DetectContext, 'results' | 'sampleScores'>> {
  const ids: string[] = [];
  for await (const { id } of dataset.samples(new AbortController().signal)) ids.push(id);
  const scores = Float64Array.from(ids, (id, at) => (planted.has(id) ? high : 0.01 * high * (at % 3)));
  return {
    results: [{ detector: from, outcome: ratio > 1 ? 'flagged' : 'clear', examined: 1, seconds: 0, observations: [], measurements: [], metric: { name: 'm', unit: 'u', value: 10 * ratio, threshold: 10, flaggedWhen: 'above' } }],
    sampleScores: [{ from, scores: { ids, scores, suspects: [] } }],
  };
}

const measure = async (...given: readonly Pick<DetectContext, 'results' | 'sampleScores'>[]) =>
  poisonedSamples.detect(
    { ...fakeModel({ dataset }), facets: { dataset } }, {},
    detectContext({ results: given.flatMap(({ results }) => results), sampleScores: given.flatMap(({ sampleScores }) => sampleScores) }),
  );

describe('poisoned-samples', () => {
  it('names the class, the samples and the rate that strong witnesses agree on', async () => {
    const detection = await measure(await witness('shared-patch', 3, 1), await witness('scan', 1.5, 1));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(0);
    expect(detection.observations[0]).toMatchObject({ message: 'poisoned-class', data: { count: 20, rate: '4.00 %', witnesses: expect.stringContaining('shared-patch') as string }, location: { targetClass: POISON_TARGET } });
    const { sampleScores } = detection;
    expect(new Set(sampleScores?.suspects.map(({ index }) => sampleScores.ids[index]))).toEqual(planted);
  });

  it('does not believe one comparison of classes by the model alone, however far it is off, and two that agree', async () => {
    const alone = await measure(await witness('scan', 7, 1));
    const agreed = await measure(await witness('scan', 7, 1), await witness('activation-clustering', 7, 1));

    expect(alone.outcome === 'measured' ? alone.metric : 1).toBeLessThan(0);
    expect(agreed.outcome === 'measured' ? agreed.metric : -1).toBeGreaterThan(0);
  });

  it('believes one that looks at the data', async () => {
    for (const from of ['shared-patch', 'frequency-artifacts', 'label-consistency']) {
      const detection = await measure(await witness(from, 2, 1));

      expect(detection.outcome === 'measured' ? detection.metric : -1).toBeGreaterThan(0);
    }
  });

  it('stays clear of what only weak witnesses suspect', async () => {
    const detection = await measure(await witness('shared-patch', 0.3, 0.09), await witness('scan', 0.3, 0.09));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(0);
    expect(detection.sampleScores?.suspects).toEqual([]);
  });

  it('cannot tell without witnesses', async () => {
    expect(await measure()).toMatchObject({ outcome: 'inconclusive', reason: 'None of the detectors it joins came to a result.' });
  });
});
