import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { lossIsolation } from '../../src/detectors/loss-isolation.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { imageSet, POISON_TARGET } from '../support/poisoned-sets.ts';

const EPOCHS = 8;

/** Losses that fall by half an epoch, from a start that differs by sample; those of planted samples by nine tenths where `early` says so. */
async function run(poisoned: number, early: boolean, given: Partial<{ ids: readonly string[] }> = {}) {
  const { dataset, planted } = imageSet({ poisoned });
  const random = randomSource(8, 'losses');
  const ids: string[] = [];
  for await (const { id } of dataset.samples(new AbortController().signal)) ids.push(id);
  const losses = new Float32Array(EPOCHS * ids.length);
  for (const [sample, id] of ids.entries()) {
    const start = 2.3 * Math.exp(0.4 * random.normal());
    for (let epoch = 0; epoch < EPOCHS; epoch += 1) losses[epoch * ids.length + sample] = start * (early && planted.has(id) ? 0.05 : 0.6) ** (epoch + 1);
  }
  const trainingLog = { scalars: new Map<string, never>(), sampleLosses: { epochs: Array.from({ length: EPOCHS }, (_, epoch) => epoch), ids: given.ids ?? ids, losses } };
  const facets = { dataset, trainingLog };
  return { planted, detection: await lossIsolation.detect({ ...fakeModel(facets), facets }, { earlyShare: 0.25 }, detectContext()) };
}

describe('loss-isolation', () => {
  it('isolates the samples of a class that were learned first', async () => {
    const { detection, planted } = await run(16, true);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(lossIsolation.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'learned-first', location: { targetClass: POISON_TARGET } });
    expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, planted)).toBeGreaterThan(0.98);
    expect(detection.sampleScores?.suspects).toHaveLength(16);
  });

  it('isolates nobody where all are learned alike', async () => {
    const { detection } = await run(16, false);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(lossIsolation.meta.metric.threshold);
    expect(detection.sampleScores?.suspects).toEqual([]);
  });

  it('says so when the log speaks of other samples', async () => {
    const { detection } = await run(0, false, { ids: ['elsewhere'] });

    expect(detection).toMatchObject({ outcome: 'inconclusive', reason: 'None of the samples in the log is a labelled sample of the dataset.' });
  });
});
