/**
 * Paper: Hayase, Kong, Somani, Oh, SPECTRE: Defending Against Backdoor Attacks Using Robust Statistics, ICML 2021, arXiv:2104.11315: the features of a class are whitened by a covariance
 * that poison does not distort, and samples scored by the quantum entropy (QUE) of Dong, Hopkins, Li, NeurIPS 2019, which weighs all directions in which too much variance is left.
 * Needs: a dataset and the model trained on it.
 * Defeated by: poison that is more than a quarter of its class, and features trained to hide it (Qi et al., Revisiting the Assumption of Latent Separability, ICLR 2023).
 */
import { Type } from '@sinclair/typebox';
import { reducedClass } from '../poisoning/reduced-class.ts';
import { anomalyIndexes } from '../statistics/anomaly-index.ts';
import { bestSplit } from '../statistics/best-split.ts';
import { defineDetector, type Calibration } from './detector.ts';
import { judgeByClass, membershipOf } from './judge-by-class.ts';
import calibration from './spectre.calibration.json' with { type: 'json' };
import { quantumEntropyScores } from './spectre/quantum-entropy-scores.ts';

/** A class of a few hundred has a robust covariance of so many directions. */
const DIRECTIONS = 16;
const MINIMUM_CLASS = 40;

/** Share of a class that the covariance rests on: poison may be up to the rest of it. */
const CORE_SHARE = 0.75;

/** Anomaly index among the classes (docs/detectors/spectre.md). */
const THRESHOLD = 8;

export const spectre = defineDetector({
  meta: {
    id: 'spectre',
    title: 'Excess variance after robust whitening (SPECTRE)',
    description:
      'Whitens the features of each class by a robust covariance and scores samples by how much they add to directions in which too much variance is left. A class whose scores ' +
      'are far larger than those of other classes is suspicious.',
    family: 'dataset',
    sampleKinds: ['image'],
    needs: ['dataset', 'classifier'],
    messages: {
      'excess-variance': {
        severity: 'medium',
        title: 'Some samples of one class lie far outside of what the rest of it makes likely',
        text: '{count} samples ({share}) of {class} lie far outside of what the rest makes likely; the excess is {strength} deviations above that of the other classes.',
        nextStep: 'Look at these samples for something they share. Check their labels and where they came from before training on them.',
      },
    },
    metric: { name: 'anomaly index of the excess variance', unit: 'deviations', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'one forward pass a sample, shared with the other detectors of features, and ten small decompositions a class' },
    references: [
      { title: 'SPECTRE: Defending Against Backdoor Attacks Using Robust Statistics', authors: 'Hayase, Kong, Somani, Oh', year: 2021, url: 'https://arxiv.org/abs/2104.11315', role: 'source' },
      { title: 'Revisiting the Assumption of Latent Separability for Backdoor Defenses', authors: 'Qi, Xie, Li, Mahloujifar, Mittal', year: 2023, url: 'https://openreview.net/forum?id=_wSHsgrVali', role: 'defeats' },
    ],
    limitations: ['Poison of more than a quarter of its class is taken for the class.', 'It compares classes and needs five of them with 40 samples each.'],
    lifecycle: 'experimental',
    since: '0.2.0',
  },
  options: Type.Object({}, { additionalProperties: false }),
  calibration: calibration as Calibration,

  detect: (model, _options, context) =>
    judgeByClass({
      dataset: model.facets.dataset, classifier: model.facets.classifier, context,
      threshold: THRESHOLD, message: 'excess-variance', minimumClass: MINIMUM_CLASS,
      reason: 'It lies far outside of what the rest of its class makes likely.',
      judge({ features, width }, classes, goOn) {
        const judged = classes.flatMap(({ label, rows }, at) => {
          const reduced = goOn(at / classes.length) ? reducedClass(features, width, rows, DIRECTIONS) : undefined;
          const found = reduced === undefined ? undefined : quantumEntropyScores(reduced.table, reduced.width, CORE_SHARE);
          const split = found === undefined ? undefined : bestSplit(found.scores, 3);
          if (found === undefined || split === undefined) return [];
          return [{ label, excess: Math.log(found.largestVariance), membership: Float64Array.from(found.scores, (value) => membershipOf(value, split.threshold, (split.upperMean - split.lowerMean) / 2)) }];
        });
        const indexes = anomalyIndexes(judged.map(({ excess }) => excess), 'upper');
        if (indexes === undefined) return 'Too few classes have features that can be compared, or all are alike.';
        return judged.map(({ label, membership }, at) => ({ label, strength: indexes[at] as number, membership }));
      },
    }),
});
