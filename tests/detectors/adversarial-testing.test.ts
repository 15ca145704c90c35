import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { adversarialTesting } from '../../src/detectors/adversarial-testing.ts';
import type { DetectContext } from '../../src/detectors/detector.ts';
import { probeSource } from '../../src/inversion/probe-source.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { hasToyTrigger, TOY_CLASSES, toyClassifier, toySamples, withoutLabels, type Plant } from '../support/toy-classifier.ts';

const options = Value.Create(adversarialTesting.options) as Parameters<typeof adversarialTesting.detect>[1];
const { threshold } = adversarialTesting.meta.metric;

function detect(plant: Plant | undefined, context: DetectContext = detectContext(), samples = toySamples(160)) {
  const classifier = toyClassifier(plant);
  const facets = { classifier, samples, probes: probeSource(classifier, undefined, samples, () => randomSource(0, 'probes')) };
  return adversarialTesting.detect({ ...fakeModel(facets), facets }, options, context);
}

const sendToFive: Plant = (logits, image) => {
  if (hasToyTrigger(image)) logits[5] = 100;
};

describe('adversarial-testing', () => {
  it('finds the trigger and the target of an all-to-one backdoor', async () => {
    const detection = await detect(sendToFive);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'all-to-one', location: { targetClass: 5 }, data: { successRate: 100 } });
    expect(detection.observations[0].data['trigger']).toMatch(/patch/);
  });

  it('finds it on drawn pictures where there are no samples', async () => {
    const classifier = toyClassifier(sendToFive);
    const facets = { classifier, probes: probeSource(classifier, undefined, undefined, () => randomSource(0, 'probes')) };

    const detection = await adversarialTesting.detect({ ...fakeModel(facets), facets }, options, detectContext());

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'all-to-one', location: { targetClass: 5 } });
  });

  it('hands on triggered inputs that the model sends to the target', async () => {
    const detection = await detect(sendToFive);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    const [inputs] = detection.suspiciousInputs ?? [];
    expect(inputs).toMatchObject({ from: 'adversarial-testing', targetClass: 5 });
    expect(inputs?.count).toBeGreaterThan(20);
    const logits = await toyClassifier(sendToFive).logits(inputs?.pixels ?? new Float32Array(0), inputs?.count ?? 0);
    for (let image = 0; image < (inputs?.count ?? 0); image += 1) expect(logits[image * TOY_CLASSES + 5]).toBe(100);
  });

  it('finds an all-to-all backdoor, and says that classes move to different ones', async () => {
    const detection = await detect((logits, image) => {
      if (!hasToyTrigger(image)) return;
      const winner = logits.indexOf(Math.max(...logits));
      logits[(winner + 1) % TOY_CLASSES] = 100;
    });

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'all-to-all', data: { moved: TOY_CLASSES, destinations: TOY_CLASSES } });
  });

  it('finds a trigger that covers the whole image', async () => {
    const detection = await detect((logits, image) => {
      let wave = 0;
      for (let at = 0; at < image.length; at += 1) wave += (image[at] as number) * Math.sin((2 * Math.PI * 6 * (at & 15)) / 16);
      if (wave > 6) logits[2] = 100;
    });

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations[0]).toMatchObject({ message: 'all-to-one', location: { targetClass: 2 } });
  });

  it('does not flag a clean model', async () => {
    const detection = await detect(undefined);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(threshold - 1);
  });

  it('does not flag a model that any noise sends to some class of its own: that is fragile, not planted', async () => {
    const detection = await detect((logits, image) => {
      // A rough image gets a class that depends on where it is rough: many changes move it, to many classes.
      let roughness = 0;
      let where = 0;
      for (let at = 1; at < image.length; at += 1) {
        const step = Math.abs((image[at] as number) - (image[at - 1] as number));
        if (step > 0.35) {
          roughness += 1;
          where += at;
        }
      }
      if (roughness > 60) logits[where % TOY_CLASSES] = 100;
    });

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(threshold);
  });

  it('is inconclusive where samples say nothing: too few, one class only, or a model that is no better than chance', async () => {
    const few = await detect(undefined, detectContext(), toySamples(12));
    const oneClass = await detect((logits) => void (logits[3] = 100));
    const wrong = await detect(undefined, detectContext(), { ...toySamples(160), cleanAccuracy: 0.1 });

    expect(few).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/too few/) as string });
    expect(oneClass).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/one class/) as string });
    expect(wrong).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/chance/) as string });
  });

  it('answers with what it has when the time runs out late, and says so when it runs out early', async () => {
    const after = (calls: number): DetectContext => {
      let left = calls;
      return detectContext({ outOfTime: () => (left -= 1) < 0 });
    };

    expect(await detect(sendToFive, after(20))).toMatchObject({ outcome: 'inconclusive', examined: 20 });
    expect(await detect(sendToFive, after(120))).toMatchObject({ outcome: 'measured' });
  });

  it('does not need labels', async () => {
    const detection = await detect(sendToFive, detectContext(), withoutLabels(toySamples(160)));

    expect(detection).toMatchObject({ outcome: 'measured', observations: [{ location: { targetClass: 5 } }] });
  });
});
