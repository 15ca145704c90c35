import { describe, expect, it } from 'vitest';
import { testTriggersApart } from '../../../src/detectors/model-comparison/test-triggers-apart.ts';
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

async function test(before: Plant | undefined, after: Plant | undefined) {
  const [earlier, later] = [toyClassifier(before), toyClassifier(after)];
  const probes = await probeSource(later, undefined, toySamples(160), () => randomSource(0, 'probes')).load();
  return testTriggersApart({ earlier, later, probes, random: (label) => randomSource(0, label), pause: () => 'go on' });
}

describe('testTriggersApart', () => {
  it('finds a trigger that the later version has learned, with its target', async () => {
    const tested = await test(undefined, sendToFive);

    expect(tested?.best?.effect.destination.indexOf(-1)).toBe(5);
    expect(tested?.best?.metric).toBeGreaterThan(3);
  });

  it('finds a trigger that moves each class to a class of its own', async () => {
    const tested = await test(undefined, rotate);

    expect(tested?.best?.effect.kind).toBe('all-to-all');
    expect(tested?.best?.metric).toBeGreaterThan(3);
  });

  it('counts nothing for a trigger that both versions know, and nothing where neither does', async () => {
    expect((await test(sendToFive, sendToFive))?.best?.metric).toBeLessThan(0);
    expect((await test(undefined, undefined))?.best?.metric).toBeLessThan(0);
  });

  it('says nothing about versions that hardly agree on anything', async () => {
    expect(await test(undefined, invert)).toBeUndefined();
  });
});
