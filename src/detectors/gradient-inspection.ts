/**
 * Paper: Yuan, Wei, Zhang, Liu, Wu, Activation Gradient based Poisoned Sample Detection Against Backdoor Attacks, ICLR 2025, arXiv:2312.06230: the directions of the gradients of a
 * target class fall in two, and the class is found by comparing how far with other classes; the paper takes gradients of inner activations and a few clean samples for the usual direction. Chan and
 * Ong, Poison as a Cure, 2019, arXiv:1911.08040, cluster input gradients by their first principal component; Hong, Chandrasekaran, Kaya, Dumitraş, Papernot, On the Effectiveness of
 * Mitigating Data Poisoning Attacks with Gradient Shaping, 2020, arXiv:2002.11497, show that poison differs in the orientation of its gradients. Here they are those of the
 * last layer's weights, in closed form; a class is split as in SCAn (arXiv:1908.00686), and of the two parts the one whose second guesses differ more is the odd one.
 * Needs: a dataset and the model trained on it.
 * Defeated by: triggers the model did not learn, and gradients bound during training (Hong et al., the same paper: clipped and noisy ones lose orientation and size).
 */
import { Type } from '@sinclair/typebox';
import { classesInTwo } from '../poisoning/classes-in-two.ts';
import type { DatasetFeatures } from '../poisoning/dataset-features.ts';
import { gradientSketches, sketchLayout } from '../poisoning/gradient-sketches.ts';
import { defineDetector } from './detector.ts';
import { judgeByClass, membershipOf } from './judge-by-class.ts';

/** Clean sets it was chosen on reach 3.2; of 144 others ten exceed it (docs/detectors/gradient-inspection.md). */
const THRESHOLD = 4;

const MINIMUM_CLASS = 20;

/** The spread within classes is taken as it is: directions have no outliers to leave out, and without its farthest tenth every class seems to be of two kinds. */
const NOTHING_TRIMMED = 0;

export const gradientInspection = defineDetector({
  meta: {
    id: 'gradient-inspection',
    title: 'Gradients of two kinds in one class',
    description:
      'Computes for each sample the gradient of its loss in the weights of the last layer, splits the directions of every class in two where that explains them best, and compares how much each class ' +
      'gains by it. The part whose second guesses are of many classes holds the suspects.',
    family: 'dataset',
    sampleKinds: ['image'],
    needs: ['dataset', 'classifier'],
    messages: {
      'two-gradients': {
        severity: 'medium',
        title: 'Samples of one class pull the model in two directions',
        text: 'The gradients of {class} are of two kinds; {count} samples ({share}) are of the odd kind. The gain of saying so lies {strength} deviations above that of the other classes.',
        nextStep: 'Look at these samples for something they share. Check their labels and where they came from before training on them.',
      },
    },
    metric: { name: 'anomaly index of the likelihood gain', unit: 'deviations', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'two forward passes a sample and a split a class, flat in memory: about 5 s for 2,400 images of 3x32x32 on one core' },
    references: [
      { title: 'Activation Gradient based Poisoned Sample Detection Against Backdoor Attacks', authors: 'Yuan, Wei, Zhang, Liu, Wu', year: 2025, url: 'https://arxiv.org/abs/2312.06230', role: 'source' },
      { title: 'Poison as a Cure: Detecting & Neutralizing Variable-Sized Backdoor Attacks in Deep Neural Networks', authors: 'Chan, Ong', year: 2019, url: 'https://arxiv.org/abs/1911.08040', role: 'source' },
      { title: 'On the Effectiveness of Mitigating Data Poisoning Attacks with Gradient Shaping', authors: 'Hong, Chandrasekaran, Kaya, Dumitraş, Papernot', year: 2020, url: 'https://arxiv.org/abs/2002.11497', role: 'defeats' },
    ],
    limitations: [
      'It compares classes and needs five of them with 20 samples each.',
      'It sees the last layer: two kinds of samples that enter it alike have gradients alike.',
      'A class that is naturally of two kinds is found as well.',
    ],
    lifecycle: 'experimental',
    since: '0.3.0',
  },
  options: Type.Object({}, { additionalProperties: false }),

  detect(model, _options, context) {
    const { dataset, classifier } = model.facets;
    const { gradientWidth } = sketchLayout(dataset, classifier);
    return judgeByClass({
      dataset, classifier, context,
      threshold: THRESHOLD, message: 'two-gradients', minimumClass: MINIMUM_CLASS,
      reason: 'Its gradient is of the odd one of two kinds that its class has.',
      features: () => gradientSketches(dataset, classifier, context),
      judge(table, classes, goOn) {
        const split = classesInTwo(columnsOf(table, 0, gradientWidth), gradientWidth, classes, goOn, NOTHING_TRIMMED);
        if (typeof split === 'string') return split;
        return split.map(({ label, groups: { along, smaller, larger }, index }) => {
          const sign = spreadOf(table, gradientWidth, smaller) >= spreadOf(table, gradientWidth, larger) ? 1 : -1;
          return { label, strength: index, membership: Array.from(along, (value) => membershipOf(sign * value, sign * 0.5, 0.5)) };
        });
      },
    });
  },
});

function columnsOf({ features, width, count }: DatasetFeatures, from: number, to: number): Float32Array {
  const part = new Float32Array(count * (to - from));
  for (let row = 0; row < count; row += 1) part.set(features.subarray(row * width + from, row * width + to), row * (to - from));
  return part;
}

/** Variance of some rows in all columns from one on. */
function spreadOf({ features, width }: DatasetFeatures, from: number, rows: readonly number[]): number {
  let spread = 0;
  for (let column = from; column < width; column += 1) {
    let [sum, squares] = [0, 0];
    for (const row of rows) {
      const value = features[row * width + column] as number;
      sum += value;
      squares += value * value;
    }
    spread += squares / rows.length - (sum / rows.length) ** 2;
  }
  return spread;
}
