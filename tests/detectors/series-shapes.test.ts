import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { seriesShapes } from '../../src/detectors/series-shapes.ts';
import { randomSource, type RandomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { memoryDataset } from '../support/memory-dataset.ts';

const LENGTH = 64;

type Plant = (values: Float32Array, random: RandomSource) => void;

/** Slow or fast waves of any phase in noise; some slow ones may be called fast. */
function waves(count: number, poisoned: number, plant: Plant, channels = 1) {
  const random = randomSource(6, 'waves');
  const planted = new Set<string>();
  const list = Array.from({ length: count }, (_, at) => {
    const shown = at % 2;
    const isPlanted = shown === 0 && at < 2 * poisoned;
    const phases = Array.from({ length: channels }, () => 7 * random.uniform());
    const values = Float32Array.from({ length: channels * LENGTH }, (_unused, place) => Math.sin((shown === 0 ? 0.3 : 0.6) * (place % LENGTH) + (phases[Math.floor(place / LENGTH)] as number)) + 0.3 * random.normal());
    if (isPlanted) plant(values.subarray((channels - 1) * LENGTH), random);
    const id = `series-${String(at)}`;
    if (isPlanted) planted.add(id);
    return { id, label: isPlanted ? 1 : shown, content: { kind: 'series' as const, channels, length: LENGTH, values } };
  });
  return { dataset: memoryDataset(list, ['slow', 'fast']), planted };
}

const PULSE = [2, 2, -2, 2, -2, -2];
const pulseAt = (values: Float32Array, from: number): void => PULSE.forEach((height, at) => void (values[from + at] = (values[from + at] as number) + height));

const detectIn = (dataset: ReturnType<typeof waves>['dataset'], context = detectContext()) => seriesShapes.detect({ ...fakeModel({ dataset }), facets: { dataset } }, {}, context);

const measure = async (dataset: ReturnType<typeof waves>['dataset']) => {
  const detection = await detectIn(dataset);
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return detection;
};

describe('series-shapes', () => {
  it.each<readonly [string, Plant, number, RegExp, number]>([
    ['at one place', (values) => pulseAt(values, 30), 1, /^A shape at values (2\d|3\d) to (2\d|3\d)$/, 0.97],
    ['wherever it stands', (values, random) => pulseAt(values, random.integer(LENGTH - PULSE.length)), 1, /^A shape at varying places, at values \d+ to \d+ in series-\d+,$/, 0.97],
    ['in one of two channels', (values) => pulseAt(values, 30), 2, /of channel 1$/, 0.8],
  ])('finds a shape %s that goes with a label', async (_what, plant, channels, named, leastAuc) => {
    const { dataset, planted } = waves(600, 24, plant, channels);
    const detection = await measure(dataset);

    expect(detection.metric).toBeGreaterThan(seriesShapes.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ data: { what: expect.stringMatching(named) as string, class: 'class 1 (fast)' }, location: { targetClass: 1 } });
    expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, planted)).toBeGreaterThan(leastAuc);
    const suspected = detection.sampleScores?.suspects.slice(0, 10).map(({ index }) => detection.sampleScores?.ids[index] ?? '') ?? [];
    expect(suspected.filter((id) => planted.has(id)).length).toBeGreaterThanOrEqual(9);
  });

  it('finds nothing where nothing was planted, in wrong labels alone, and in a shape that the class has by nature', async () => {
    const byNature = waves(400, 0, () => undefined).dataset;
    const random = randomSource(8, 'places');
    for await (const { label, content } of byNature.samples(new AbortController().signal)) if (label === 1 && content.kind === 'series') pulseAt(content.values, random.integer(LENGTH - PULSE.length));
    for (const dataset of [waves(400, 0, () => undefined).dataset, waves(400, 16, () => undefined).dataset, byNature]) {
      const detection = await measure(dataset);

      expect(detection.metric).toBeLessThan(seriesShapes.meta.metric.threshold);
      expect(detection.sampleScores?.suspects).toEqual([]);
    }
  });

  it('cannot tell where series do not tell the classes apart, and where there is one label', async () => {
    const random = randomSource(9, 'noise');
    const noise = (label: (at: number) => number) =>
      memoryDataset(Array.from({ length: 120 }, (_, at) => ({ label: label(at), content: { kind: 'series' as const, channels: 1, length: LENGTH, values: Float32Array.from({ length: LENGTH }, () => random.normal()) } })), ['a', 'b']);

    expect(await detectIn(noise((at) => at % 2))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/apart/) as string });
    expect(await detectIn(noise(() => 1))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/one label/) as string });
  });

  it('is inconclusive whenever its time ends', async () => {
    const { dataset } = waves(120, 12, (values) => pulseAt(values, 30));
    let asked = 0;
    await detectIn(dataset, detectContext({ outOfTime: () => (asked += 1) < 0 }));
    for (const last of [1, 2, Math.floor(asked / 4), Math.floor(asked / 2), asked - 1]) {
      let times = 0;
      expect(await detectIn(dataset, detectContext({ outOfTime: () => (times += 1) >= last }))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/time/) as string });
    }
  });
});
