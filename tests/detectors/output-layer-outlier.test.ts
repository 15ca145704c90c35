import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { outputLayerOutlier } from '../../src/detectors/output-layer-outlier.ts';
import { onnx } from '../../src/formats/onnx.ts';
import { headGraph } from '../support/head-graph.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { randomSource } from '../../src/statistics/random.ts';

const options = { minimumClasses: 5 };
const { threshold } = outputLayerOutlier.meta.metric;

function detect(classCount: number, featureCount: number, weightAt: (label: number, feature: number) => number, context = detectContext()) {
  const facets = headGraph(classCount, featureCount, weightAt);
  return outputLayerOutlier.detect({ ...fakeModel(facets), facets }, options, context);
}

/** Ordinary rows: independent normal weights. */
function ordinary(seed: number): () => number {
  const random = randomSource(seed, 'weights');
  return () => 0.2 * random.normal();
}

describe('output-layer-outlier', () => {
  it('names the class whose weights are larger than those of all others', async () => {
    const weight = ordinary(1);
    const detection = await detect(10, 64, (label) => weight() + (label === 7 ? 0.25 : 0));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations[0]).toMatchObject({ location: { targetClass: 7, tensor: 'head.weight' }, data: { others: 9 } });
    expect(detection.measurements?.map(({ name }) => name)).toEqual(['row mean', 'row mean score', 'row positive part score', 'row mean anomaly index', 'bias']);
  });

  it('flags no more ordinary layers than the threshold allows', async () => {
    let flagged = 0;
    const trials = 200;
    for (let seed = 0; seed < trials; seed += 1) {
      const detection = await detect(10, 64, ordinary(seed));
      if (detection.outcome === 'measured' && detection.metric > threshold) flagged += 1;
    }

    // 10^-1.5 is 3 %; the average of the two statistics is sharper than either, so fewer are expected.
    expect(flagged / trials).toBeLessThanOrEqual(10 ** -threshold);
  });

  it('does not take a class with smaller weights for a target', async () => {
    const weight = ordinary(2);
    const detection = await detect(10, 64, (label) => weight() - (label === 3 ? 0.3 : 0));

    expect(detection).toMatchObject({ outcome: 'measured' });
    expect(detection.outcome === 'measured' ? detection.metric : NaN).toBeLessThan(threshold);
  });

  it('measures an outlier however large it is', async () => {
    const weight = ordinary(3);
    const detection = await detect(6, 16, (label) => (label === 0 ? 1e6 : weight()));

    expect(detection.outcome === 'measured' ? detection.metric : NaN).toBeGreaterThan(10);
  });

  it('is inconclusive, and says why, where there is nothing to be an outlier among', async () => {
    expect(await detect(4, 16, ordinary(4))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/4 classes/) as string });
    expect(await detect(10, 16, () => 0)).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/do not differ/) as string });
    expect(await detect(10, 16, () => NaN)).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/not finite/) as string });
  });

  it('is inconclusive for a graph that does not end in a linear layer', async () => {
    const facets = headGraph(10, 16, ordinary(5), 'Sin');
    const detection = await outputLayerOutlier.detect({ ...fakeModel(facets), facets }, options, detectContext());

    expect(detection).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/linear layer/) as string });
  });

  it.each(['clean', 'backdoored'])('reads the demo model %s', async (name) => {
    const bytes = memorySource(readFileSync(path.resolve(import.meta.dirname, `../../fixtures/demo/models/${name}.onnx`)));
    const artifact = { ...fakeModel().artifact, bytes };
    const model = await onnx.read(artifact, { signal: new AbortController().signal, openCompanion: () => Promise.reject(new Error('no companions')) });
    const { tensors, graph } = model.facets;
    if (tensors === undefined || graph === undefined) throw new Error('the reader gave no graph');
    const detection = await outputLayerOutlier.detect({ ...model, facets: { tensors, graph } }, options, detectContext());

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.examined).toBe(10);
    if (name === 'clean') expect(detection.metric).toBeLessThan(threshold);
  });
});
