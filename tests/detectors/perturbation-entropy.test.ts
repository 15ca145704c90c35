import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import type { DetectContext, SuspiciousInputs } from '../../src/detectors/detector.ts';
import { perturbationEntropy } from '../../src/detectors/perturbation-entropy.ts';
import { probeSource } from '../../src/inversion/probe-source.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { hasToyTrigger, TOY_SHAPE, toyClassifier, toySamples, withoutLabels, type Plant } from '../support/toy-classifier.ts';
import { patchTrigger } from '../../src/triggers/patch.ts';

const options = Value.Create(perturbationEntropy.options) as Parameters<typeof perturbationEntropy.detect>[1];
const { threshold } = perturbationEntropy.meta.metric;
const sendToFive: Plant = (logits, image) => {
  if (hasToyTrigger(image)) logits[5] = 100;
};

/** Samples of all classes but 5 with a white corner, as adversarial-testing would hand them on. */
function suspects(): SuspiciousInputs {
  const samples = toySamples(40, 2);
  const pixels = patchTrigger({ size: 3, place: 'bottom-right', pattern: 'white' }).apply(samples.pixels, 40, TOY_SHAPE);
  return { from: 'adversarial-testing', description: 'a white patch', targetClass: 5, count: 40, pixels };
}

function detect(plant: Plant | undefined, context: DetectContext = detectContext(), samples = toySamples(160)) {
  const classifier = toyClassifier(plant);
  const facets = { classifier, samples, probes: probeSource(classifier, undefined, samples, () => randomSource(0, 'probes')) };
  return perturbationEntropy.detect({ ...fakeModel(facets), facets }, options, context);
}

describe('perturbation-entropy', () => {
  it('confirms inputs that keep their class whatever is laid over them', async () => {
    const detection = await detect(sendToFive, detectContext({ suspiciousInputs: [suspects()] }));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(0.9);
    expect(detection.observations[0]).toMatchObject({ message: 'persistent-inputs', data: { count: 40, description: 'a white patch' }, location: { targetClass: 5 } });
  });

  it('does not confirm the same inputs on a clean model', async () => {
    const detection = await detect(undefined, detectContext({ suspiciousInputs: [suspects()] }));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(threshold / 2);
  });

  it('does not take a class that every blend ends in for a target', async () => {
    const toClassSeven: Plant = (logits, image) => {
      if (image.reduce((sum, value) => sum + value, 0) > 100) logits[7] = 100;
    };
    const detection = await detect(toClassSeven, detectContext({ suspiciousInputs: [{ ...suspects(), targetClass: 7 }] }));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(threshold / 2);
  });

  it('finds triggered inputs among the samples themselves', async () => {
    const samples = toySamples(160);
    const triggered = patchTrigger({ size: 3, place: 'bottom-right', pattern: 'white' }).apply(samples.pixels, samples.count, TOY_SHAPE);
    const pixels = Float32Array.from(samples.pixels, (value, at) => ((at >> 8) % 3 === 0 ? (triggered[at] as number) : value));
    const detection = await detect(sendToFive, detectContext(), withoutLabels({ ...samples, pixels }));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.observations[0]).toMatchObject({ message: 'persistent-class', location: { targetClass: 5 } });
    expect(detection.metric).toBeGreaterThan((await detectClean()) + 0.2);
  });

  it('measures clean samples as clear when nobody suspects anything', async () => {
    expect(await detectClean()).toBeLessThan(threshold / 2);
  });

  it('says why it cannot tell', async () => {
    expect(await detect(undefined, detectContext(), toySamples(8))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/too few/) as string });
    expect(await detect((logits) => void (logits[3] = 100))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/one class/) as string });
    expect(await detect((logits) => void (logits[3] = NaN))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/not numbers/) as string });
    expect(await detect(undefined, detectContext({ outOfTime: () => true }))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/time ran out/) as string });
  });
});

async function detectClean(): Promise<number> {
  const detection = await detect(sendToFive);
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return detection.metric;
}
