/**
 * Paper: Tang, Wang, Tang, Zhang, Demon in the Variant: Statistical Analysis of DNNs for Robust Backdoor Contamination Detection, USENIX Security 2021,
 * arXiv:1908.00686, sections 4.2 and 4.3: features are a class's identity plus a variation that is alike in all classes; a class whose features are better
 * explained by two identities is contaminated when its likelihood gain is an outlier among the classes. The covariance of the variation is
 * estimated from the dataset itself without the farthest tenth of each class, instead of from a small clean set.
 * Needs: a dataset and the model trained on it.
 * Defeated by: training that keeps triggered features inside the target's (Qi, Xie, Li, Mahloujifar, Mittal, Revisiting the Assumption of Latent Separability,
 * ICLR 2023), and all classes being contaminated alike.
 */
import { Type } from '@sinclair/typebox';
import { classesInTwo } from '../poisoning/classes-in-two.ts';
import { defineDetector, type Calibration } from './detector.ts';
import { judgeByClass, membershipOf } from './judge-by-class.ts';
import calibration from './scan.calibration.json' with { type: 'json' };

/** e², the paper's. */
const THRESHOLD = 7.389;

const MINIMUM_CLASS = 20;

export const scan = defineDetector({
  meta: {
    id: 'scan',
    title: 'Two identities in one class (SCAn)',
    description:
      'Splits the features of every class in two where that explains them best, in a space where classes vary alike, and compares how much each class gains by it. ' +
      'A class that gains far more than the others holds samples of two kinds.',
    family: 'dataset',
    sampleKinds: ['image'],
    needs: ['dataset', 'classifier'],
    messages: {
      'two-identities': {
        severity: 'high',
        title: 'The samples of one class are of two kinds to the model',
        text: 'To the model {class} is made of two kinds of samples; {count} ({share}) are of the lesser kind. The gain of saying so lies {strength} deviations above that of the other classes.',
        nextStep: 'Look at the samples of the lesser kind for something they share. Check their labels and where they came from before training on them.',
      },
    },
    metric: { name: 'anomaly index of the likelihood gain', unit: 'deviations', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'one forward pass a sample and a split a class: 3 s for 2,500 images of 3x32x32 on one core' },
    references: [
      { title: 'Demon in the Variant: Statistical Analysis of DNNs for Robust Backdoor Contamination Detection', authors: 'Tang, Wang, Tang, Zhang', year: 2021, url: 'https://arxiv.org/abs/1908.00686', role: 'source' },
      { title: 'Revisiting the Assumption of Latent Separability for Backdoor Defenses', authors: 'Qi, Xie, Li, Mahloujifar, Mittal', year: 2023, url: 'https://openreview.net/forum?id=_wSHsgrVali', role: 'defeats' },
    ],
    limitations: [
      'It compares classes and needs five of them with 20 samples each.',
      'Poison that the model did not learn does not form a second identity.',
      'A class that is naturally of two kinds is found as well.',
    ],
    lifecycle: 'experimental',
    since: '0.2.0',
  },
  options: Type.Object({}, { additionalProperties: false }),
  calibration: calibration as Calibration,

  detect: (model, _options, context) =>
    judgeByClass({
      dataset: model.facets.dataset, classifier: model.facets.classifier, context,
      threshold: THRESHOLD, message: 'two-identities', minimumClass: MINIMUM_CLASS,
      reason: 'To the model it is of the lesser of two kinds that its class is made of.',
      judge({ features, width }, classes, goOn) {
        const split = classesInTwo(features, width, classes, goOn);
        return typeof split === 'string' ? split : split.map(({ label, groups, index }) => ({ label, strength: index, membership: Array.from(groups.along, (value) => membershipOf(value, 0.5, 0.5)) }));
      },
    }),
});
