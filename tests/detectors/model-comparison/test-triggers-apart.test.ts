import { describe, expect, it } from 'vitest';
import { testTriggersApart } from '../../../src/detectors/model-comparison/test-triggers-apart.ts';
import { predictionsOf } from '../../../src/detectors/trigger-testing/image-set.ts';
import { probeSource } from '../../../src/inversion/probe-source.ts';
import { randomSource } from '../../../src/statistics/random.ts';
import { hasToyTrigger, TOY_CLASSES, toyClassifier, toySamples, type Plant } from '../../support/toy-classifier.ts';

const sendToFive: Plant = (logits, image) => {
  if (hasToyTrigger(image)) logits[5] = 100;
};
const rotate: Plant = (logits, image) => {
  if (!hasToyTrigger(image)) return;
  const winner = logits.indexOf(Math.max(...logits));
  logits[(winner + 1) % TOY_CLASSES] = 100;
};
const invert: Plant = (logits) => {
  for (const [at, value] of logits.entries()) logits[at] = -value;
};

async function test(ofEarlier: Plant | undefined, ofLater: Plant | undefined) {
  const [earlier, later] = [toyClassifier(ofEarlier), toyClassifier(ofLater)];
  const probes = await probeSource(later, undefined, toySamples(160), () => randomSource(0, 'probes')).load();
  const before = predictionsOf(await earlier.logits(probes.pixels, probes.count), probes.count, TOY_CLASSES);
  return testTriggersApart({ earlier, later, probes, before, random: (label) => randomSource(0, label), pause: () => 'go on' });
}

async function best(ofEarlier: Plant | undefined, ofLater: Plant | undefined) {
  const tested = await test(ofEarlier, ofLater);
  if (tested === undefined || 'reason' in tested) throw new Error('nothing was measured');
  return tested.best;
}

describe('testTriggersApart', () => {
  it('finds a trigger that the later version has learned, with its target', async () => {
    const found = await best(undefined, sendToFive);

    expect(found.effect.destination.indexOf(-1)).toBe(5);
    expect(found.metric).toBeGreaterThan(3);
  });

  it('finds a trigger that moves each class to a class of its own', async () => {
    const found = await best(undefined, rotate);

    expect(found.effect.kind).toBe('all-to-all');
    expect(found.metric).toBeGreaterThan(3);
  });

  it('counts nothing for a trigger that both versions know, and nothing where neither does', async () => {
    expect((await best(sendToFive, sendToFive)).metric).toBeLessThan(0);
    expect((await best(undefined, undefined)).metric).toBeLessThan(0);
  });

  it('says nothing about versions that hardly agree on anything', async () => {
    expect(await test(undefined, invert)).toBeUndefined();
  });
});
