import { describe, expect, it } from 'vitest';
import { lastLayerProbe } from '../../src/detectors/last-layer-probe.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { headGraph } from '../support/head-graph.ts';

const options = { minimumClasses: 5, probes: 4096, rowWeight: 0.1 };
const { threshold } = lastLayerProbe.meta.metric;

function detect(classCount: number, featureCount: number, weightAt: (label: number, feature: number) => number, context = detectContext(), settings = options) {
  const facets = headGraph(classCount, featureCount, weightAt);
  return lastLayerProbe.detect({ ...fakeModel(facets), facets }, settings, context);
}

/** Independent normal weights whose rows have mean zero, so that no class leads by chance. */
function balanced(featureCount: number, seed: number): (label: number, feature: number) => number {
  const random = randomSource(seed, 'weights');
  const rows = new Map<number, Float64Array>();
  return (label, feature) => {
    let row = rows.get(label);
    if (row === undefined) {
      const drawn = Float64Array.from({ length: featureCount }, () => 0.2 * random.normal());
      const mean = drawn.reduce((sum, value) => sum + value, 0) / featureCount;
      row = drawn.map((value) => value - mean);
      rows.set(label, row);
    }
    return row[feature] as number;
  };
}

describe('last-layer-probe', () => {
  it('names the class that wins whatever features come in', async () => {
    const weight = balanced(64, 1);
    const detection = await detect(10, 64, (label, feature) => weight(label, feature) + (label === 7 ? 0.08 : 0));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.examined).toBe(10);
    expect(detection.observations[0]).toMatchObject({ message: 'leaning-head', location: { targetClass: 7, tensor: 'head.weight' }, data: { class: '7', classes: 10, probes: 4096 } });
    const shares = new Map(detection.measurements?.map(({ name, value }) => [name, value]));
    expect(shares.get('share of the most frequent class')).toBeGreaterThan(0.5);
    expect(shares.get('share over uniform')).toBeCloseTo(10 * (shares.get('share of the most frequent class') ?? NaN), 10);
  });

  it('does not flag heads whose classes are alike, nor a class that is a little ahead', async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const weight = balanced(64, seed);
      const alike = await detect(10, 64, weight);
      const ahead = await detect(10, 64, (label, feature) => weight(label, feature) + (label === 7 ? 0.005 : 0));
      expect(alike.outcome === 'measured' ? alike.metric : NaN).toBeLessThan(threshold);
      expect(ahead.outcome === 'measured' ? ahead.metric : NaN).toBeLessThan(threshold);
    }
  });

  it('does not take a class that never wins for a target', async () => {
    const weight = balanced(64, 2);
    const detection = await detect(10, 64, (label, feature) => weight(label, feature) - (label === 3 ? 0.3 : 0));

    expect(detection.outcome === 'measured' ? detection.metric : NaN).toBeLessThan(threshold);
  });

  it('does not depend on the scale of the layer', async () => {
    const metric = async (scale: number): Promise<number> => {
      const weight = balanced(64, 3);
      const detection = await detect(10, 64, (label, feature) => scale * weight(label, feature));
      return detection.outcome === 'measured' ? detection.metric : NaN;
    };

    expect(await metric(1024)).toBeCloseTo(await metric(1), 6);
  });

  it('is exact for one feature: the class with the largest weight wins every probe', async () => {
    const detection = await detect(5, 1, (label) => label, detectContext(), { ...options, rowWeight: 0 });

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.observations[0]?.location.targetClass).toBe(4);
    expect(detection.measurements?.[0]?.value).toBe(1);
    expect(detection.metric).toBeCloseTo(Math.log(4097), 10);
  });

  it('gives the same figures for the same seed', async () => {
    const once = await detect(10, 32, balanced(32, 4), detectContext({ seed: 5 }));

    expect(await detect(10, 32, balanced(32, 4), detectContext({ seed: 5 }))).toEqual(once);
    expect(await detect(10, 32, balanced(32, 4), detectContext({ seed: 6 }))).not.toEqual(once);
  });

  it('adds nothing for the row where the rows are of one size', async () => {
    // Every row is the same two values in another order: one length, one skew, no spread.
    const detection = await detect(8, 8, (label, feature) => (feature === label ? 1 : 0));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.measurements?.find(({ name }) => name === 'anomaly index of the row indicator')?.value).toBe(0);
  });

  it.each<[string, number, (label: number) => number, RegExp]>([
    ['of four classes', 4, (label) => label, /4 classes/],
    ['of zeros', 10, () => 0, /do not differ/],
    ['of equal rows', 10, () => 0.3, /do not differ/],
    ['of values that are not numbers', 10, () => NaN, /not finite/],
    ['with one infinite row', 10, (label) => (label === 2 ? Infinity : 1), /not finite/],
  ])('is inconclusive, never NaN, for a head %s', async (_, classCount, weightAt, reason) => {
    expect(await detect(classCount, 16, weightAt)).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(reason) as string });
  });

  it('stays finite for weights at the end of float32', async () => {
    const weight = balanced(16, 5);
    const detection = await detect(10, 16, (label, feature) => 1e38 * weight(label, feature));

    expect(detection.outcome === 'measured' ? Number.isFinite(detection.metric) : detection.reason).toBe(true);
  });

  it('is inconclusive for a graph that does not end in a linear layer', async () => {
    const facets = headGraph(10, 16, balanced(16, 6), 'Sin');
    const detection = await lastLayerProbe.detect({ ...fakeModel(facets), facets }, options, detectContext());

    expect(detection).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/linear layer/) as string });
  });

  it('is inconclusive when the time runs out, before or while it probes, and stops when told to', async () => {
    let looks = 0;
    const outOfTime = (): boolean => (looks += 1) > 1;

    expect(await detect(10, 16, balanced(16, 7), detectContext({ outOfTime: () => true }))).toMatchObject({ outcome: 'inconclusive' });
    expect(await detect(10, 16, balanced(16, 7), detectContext({ outOfTime }))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/while/) as string });
    await expect(detect(10, 16, balanced(16, 7), detectContext({ signal: AbortSignal.abort() }))).rejects.toThrow();
  });
});
