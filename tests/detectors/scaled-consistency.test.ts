import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { scaledConsistency } from '../../src/detectors/scaled-consistency.ts';
import type { Classifier } from '../../src/model/classifier.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { memoryDataset, type MemorySample } from '../support/memory-dataset.ts';

const CLASSES = 4;
const SIDE = 8;
const TARGET = 2;

/** A class is which quarter of the columns is bright; everything else is dim and grows white when it is multiplied. */
function set(poisoned: number) {
  const random = randomSource(2, 'scaled');
  const planted = new Set<string>();
  const list = Array.from({ length: 240 }, (_, at): MemorySample => {
    const shown = at % CLASSES;
    const isPlanted = shown !== TARGET && planted.size < poisoned;
    const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_unused, place) => 60 + 20 * random.uniform() + (Math.floor((place % SIDE) / 2) === shown ? 50 : 0));
    // The trigger is a black pixel: it stays black.
    if (isPlanted) pixels[0] = 0;
    const id = `sample-${String(at)}`;
    if (isPlanted) planted.add(id);
    return { id, label: isPlanted ? TARGET : shown, content: { kind: 'image', channels: 1, height: SIDE, width: SIDE, pixels } };
  });
  return { dataset: memoryDataset(list, ['a', 'b', 'c', 'd']), planted };
}

const classifier: Classifier = {
  input: {
    kind: 'image', layout: 'nchw', channels: 1, height: SIDE, width: SIDE, range: [0, 1], mean: [0], std: [1],
    origin: { layout: 'graph', size: 'graph', range: 'default', normalization: 'default' },
  },
  classCount: CLASSES, outputKind: 'logits', engine: 'toy 1',
  innerValues: async () => [],
  openInnerLayer: () => Promise.reject(new Error('not asked for')),
  activations: async () => new Map(),
  logits: async (pixels, count) =>
    Float32Array.from({ length: count * CLASSES }, (_, at) => {
      const image = pixels.subarray(Math.floor(at / CLASSES) * SIDE * SIDE, (Math.floor(at / CLASSES) + 1) * SIDE * SIDE);
      const label = at % CLASSES;
      const column = image.reduce((sum, value, place) => sum + (Math.floor((place % SIDE) / 2) === label ? value : 0), 0);
      return column + (label === TARGET && image[0] === 0 ? 100 : 0);
    }),
};

async function measure(poisoned: number, given = classifier) {
  const made = set(poisoned);
  const facets = { dataset: made.dataset, classifier: given };
  return { ...made, detection: await scaledConsistency.detect({ ...fakeModel(facets), facets }, {}, detectContext()) };
}

describe('scaled-consistency', () => {
  it('finds the samples that keep their label when everything that they show has grown white', async () => {
    const { detection, planted } = await measure(20);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(scaledConsistency.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'keeps-its-label', location: { targetClass: TARGET }, data: { count: 20, share: '25.0 %' } });
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
