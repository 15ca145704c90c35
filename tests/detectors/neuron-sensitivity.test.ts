import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import type { Detection, DetectContext } from '../../src/detectors/detector.ts';
import { neuronSensitivity } from '../../src/detectors/neuron-sensitivity.ts';
import { probeSource } from '../../src/inversion/probe-source.ts';
import type { Classifier } from '../../src/model/classifier.ts';
import { GateError } from '../../src/errors.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { toyClassifier, toyGradient, toySamples, type InnerPlant } from '../support/toy-classifier.ts';

type Options = Parameters<typeof neuronSensitivity.detect>[1];
const options = Value.Create(neuronSensitivity.options) as Options;
const { threshold } = neuronSensitivity.meta.metric;

/** What no clean image of the toy reaches in one row of a cell. */
const BEYOND = 2.5;

/** Rows 0, 8 and 16 belong to classes 0, 2 and 4; beyond what images do they speak for class 5. */
const threeSpeakForFive: InnerPlant = (logits, channels) => {
  for (const channel of [0, 8, 16]) if ((channels[channel] as number) > BEYOND) logits[5] = (logits[5] as number) + 30;
};

function detect(classifier: Classifier, given: { samples?: ReturnType<typeof toySamples>; options?: Partial<Options>; context?: DetectContext } = {}): Promise<Detection> {
  const probes = probeSource(classifier, toyGradient(classifier), given.samples ?? toySamples(160), () => randomSource(0, 'probes'));
  const facets = { classifier, probes };
  return neuronSensitivity.detect({ ...fakeModel(facets), facets }, { ...options, ...given.options }, given.context ?? detectContext());
}

async function measured(classifier: Classifier, given: Parameters<typeof detect>[1] = {}) {
  const detection = await detect(classifier, given);
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return detection;
}

describe('neuron-sensitivity', () => {
  it('names the class and a channel that lead there from everywhere', async () => {
    const detection = await measured(toyClassifier(undefined, threeSpeakForFive));

    expect(detection.metric).toBeGreaterThan(2 * threshold);
    expect(detection.examined).toBe(32);
    expect(detection.observations).toHaveLength(1);
    expect(detection.observations[0]).toMatchObject({
      message: 'driving-neurons', data: { class: 'class 5', layer: 'rows', channel: 0, channelShare: 1 }, location: { targetClass: 5, node: 'rows' },
    });
  });

  it('does not mind channels that all drive inputs to classes of their own', async () => {
    expect((await measured(toyClassifier())).metric).toBeLessThan(threshold / 2);
  });

  it('does not mind as many channels beyond their range when each speaks for another class', async () => {
    const eachForAnother: InnerPlant = (logits, channels) => {
      channels.forEach((amount, channel) => {
        if (amount > BEYOND) logits[(channel + 3) % 8] = (logits[(channel + 3) % 8] as number) + 30;
      });
    };

    expect((await measured(toyClassifier(undefined, eachForAnother))).metric).toBeLessThan(threshold / 2);
  });

  it('does not mind the same channels when they say only a little for their class', async () => {
    const speakSoftly: InnerPlant = (logits, channels) => {
      for (const channel of [0, 8, 16]) if ((channels[channel] as number) > BEYOND) logits[5] = (logits[5] as number) + 0.1;
    };

    expect((await measured(toyClassifier(undefined, speakSoftly))).metric).toBeLessThan(threshold / 2);
  });

  it('stimulates as many channels as it may, at random, and says so', async () => {
    const detection = await measured(toyClassifier(undefined, threeSpeakForFive), { options: { channels: 24, layers: 2 } });

    expect(detection.examined).toBe(12);
    expect(detection.measurements).toEqual(expect.arrayContaining([{ name: 'channels stimulated', value: 12 }, { name: 'channels in these layers', value: 32 }]));
  });

  it('passes over values that are no layers', async () => {
    const toy = toyClassifier(undefined, threeSpeakForFive);
    const picky: Classifier = {
      ...toy,
      innerValues: async () => ['no batch', 'rows'],
      openInnerLayer: (pixels, count, value) =>
        value === 'rows' ? toy.openInnerLayer(pixels, count, value) : Promise.reject(new GateError({ code: 'engine/failed', message: 'It is no batch.' })),
    };

    expect((await measured(picky)).metric).toBeGreaterThan(threshold);
  });

  it('closes every layer, also when the time runs out in it', async () => {
    const toy = toyClassifier();
    let open = 0;
    const counting: Classifier = {
      ...toy,
      async openInnerLayer(pixels, count, value) {
        open += 1;
        return { ...(await toy.openInnerLayer(pixels, count, value)), close: async () => void (open -= 1) };
      },
    };
    let asked = 0;
    const detection = await detect(counting, { context: detectContext({ outOfTime: () => (asked += 1) > 5 }) });

    expect(detection).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/time ran out/) as string });
    expect(open).toBe(0);
  });

  it('says why it cannot tell', async () => {
    expect(await detect(toyClassifier(), { samples: toySamples(7) })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/too few/) as string });
    expect(await detect(toyClassifier((logits) => void (logits[3] = 1000)))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/one class/) as string });
    expect(await detect(toyClassifier((logits) => void logits.fill(NaN)))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/not numbers/) as string });
    const overflowing: InnerPlant = (logits, channels) => void (channels.some((amount) => amount > BEYOND) && logits.fill(NaN));
    expect(await detect(toyClassifier(undefined, overflowing))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/stimulated channels/) as string });
    expect(await detect({ ...toyClassifier(), innerValues: async () => [] })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/no inner layer/) as string });
  });

  it('finds nothing in channels that say the same whatever comes in', async () => {
    const toy = toyClassifier();
    const dead: Classifier = {
      ...toy,
      async openInnerLayer(pixels, count, value) {
        const layer = await toy.openInnerLayer(pixels, count, value);
        return { ...layer, activations: { ...layer.activations, data: new Float32Array(layer.activations.data.length).fill(1) } };
      },
    };

    expect(await detect(dead)).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/no inner layer/) as string });
  });
});
