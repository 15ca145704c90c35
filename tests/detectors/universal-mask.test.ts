import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { universalMask } from '../../src/detectors/universal-mask.ts';
import { probeSource } from '../../src/inversion/probe-source.ts';
import type { Classifier } from '../../src/model/classifier.ts';
import type { InputGradient } from '../../src/model/input-gradient.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { behaviorFacets } from '../support/behavior-facets.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { TOY_CLASSES, toyClassifier, toyGradient, toySamples } from '../support/toy-classifier.ts';

const options = Value.Create(universalMask.options) as Parameters<typeof universalMask.detect>[1];
const { threshold } = universalMask.meta.metric;

/** The more of the lower right corner is bright, the more of each class's score goes to the next class. */
function permuting(): { readonly classifier: Classifier; readonly gradient: InputGradient } {
  const brightness = (image: Float32Array): number => [13, 14, 15].reduce((sum, row) => sum + [13, 14, 15].reduce((all, column) => all + Math.max(0, (image[row * 16 + column] as number) - 0.3), 0), 0);
  const classifier = toyClassifier((logits, image) => {
    const share = Math.min(1, brightness(image) / 3);
    const honest = Float32Array.from(logits);
    for (let label = 0; label < TOY_CLASSES; label += 1) logits[label] = (1 - share) * (honest[label] as number) + share * 2 * (honest[(label + TOY_CLASSES - 1) % TOY_CLASSES] as number);
  });
  const plain = toyGradient(classifier);
  const gradient: InputGradient = {
    batch: plain.batch,
    async run(request) {
      const answer = await plain.run(request);
      const honest = await toyClassifier().logits(request.pixels, request.count);
      for (let image = 0; image < request.count; image += 1) {
        const label = request.labels[image] as number;
        const at = (index: number): number => honest[image * TOY_CLASSES + ((index + TOY_CLASSES) % TOY_CLASSES)] as number;
        // What the corner adds to the label's logit.
        const slope = ((2 * at(label - 1) - at(label)) / 3) * (request.weights[image] as number);
        for (const row of [13, 14, 15]) for (const column of [13, 14, 15]) answer.gradient[image * 256 + row * 16 + column] = -slope;
      }
      return answer;
    },
  };
  return { classifier, gradient };
}

describe('universal-mask', () => {
  it('flags a change that moves each class to the next', async () => {
    const toy = permuting();
    const facets = { ...toy, probes: probeSource(toy.classifier, toy.gradient, toySamples(240), () => randomSource(0, 'probes')) };
    const detection = await universalMask.detect({ ...fakeModel(facets), facets }, options, detectContext());

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations[0].message).toBe('permutation');
    expect(detection.observations[0].data['destinations']).toBeGreaterThan(6);
    expect(detection.observations[0].picture?.mask).toHaveLength(256);
  });

  it.each([[undefined], [{ target: 5, strength: 12 }]])('does not flag an honest model or one that sends all to one class: %o', async (shortcut) => {
    const facets = behaviorFacets(shortcut);
    const detection = await universalMask.detect({ ...fakeModel(facets), facets }, options, detectContext());

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(threshold);
  });
});
