/**
 * Paper: Tran, Li, Madry, Spectral Signatures in Backdoor Attacks, NeurIPS 2018, arXiv:1811.00636, algorithm 1: in the features of a class, poison is
 * correlated with the top singular vector of the centered features; the outlier score is the squared correlation. The paper removes a fixed share
 * of every class; to judge a class, the scores are cut in two where that is best and the distance of the parts is measured.
 * Needs: a dataset and the model trained on it.
 * Defeated by: poison that is much of its class (Hayase, Kong, Somani, Oh, SPECTRE, ICML 2021, arXiv:2104.11315) and features trained to hide it (Qi et al.,
 * Revisiting the Assumption of Latent Separability, ICLR 2023).
 */
import { Type } from '@sinclair/typebox';
import { reducedClass } from '../poisoning/reduced-class.ts';
import { bestSplit } from '../statistics/best-split.ts';
import { defineDetector, type Calibration } from './detector.ts';
import { judgeByClass, membershipOf } from './judge-by-class.ts';
import calibration from './spectral-signatures.calibration.json' with { type: 'json' };

const MINIMUM_CLASS = 20;
const SMALLEST_SHARE = 0.01;
const SMALLEST_GROUP = 3;

/** A normal sample cut in half gives 2.65 and a uniform one 3.5; clean classes reach 5 (docs/detectors/spectral-signatures.md). */
const THRESHOLD = 5.5;

export const spectralSignatures = defineDetector({
  meta: {
    id: 'spectral-signatures',
    title: 'A spectral signature in one class',
    description:
      'Projects the features of each class on the direction in which they vary most and looks whether they fall into two parts there. The score of a sample is its squared ' +
      'distance from the larger part along that direction.',
    family: 'dataset',
    sampleKinds: ['image'],
    needs: ['dataset', 'classifier'],
    messages: {
      signature: {
        severity: 'medium',
        title: 'The features of one class fall in two along their strongest direction',
        text: 'Along the direction in which the features of {class} vary most they fall into two parts {strength} deviations apart; {count} samples ({share}) are in the lesser one.',
        nextStep: 'Look at the samples of the lesser part for something they share. Check their labels and where they came from before training on them.',
      },
    },
    metric: { name: 'separation along the top direction', unit: 'deviations', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'one forward pass a sample and one decomposition a class: 3 s for 2,500 images of 3x32x32 on one core' },
    references: [
      { title: 'Spectral Signatures in Backdoor Attacks', authors: 'Tran, Li, Madry', year: 2018, url: 'https://arxiv.org/abs/1811.00636', role: 'source' },
      { title: 'SPECTRE: Defending Against Backdoor Attacks Using Robust Statistics', authors: 'Hayase, Kong, Somani, Oh', year: 2021, url: 'https://arxiv.org/abs/2104.11315', role: 'defeats' },
    ],
    limitations: [
      'Where a class varies more by nature than by the poison, the strongest direction is a natural one.',
      'Poison that is about half of a class cannot be told from the other half.',
    ],
    lifecycle: 'experimental',
    since: '0.2.0',
  },
  options: Type.Object({}, { additionalProperties: false }),
  calibration: calibration as Calibration,

  detect: (model, _options, context) =>
    judgeByClass({
      dataset: model.facets.dataset, classifier: model.facets.classifier, context,
      threshold: THRESHOLD, message: 'signature', minimumClass: MINIMUM_CLASS,
      reason: 'It lies far out along the direction in which the features of its class vary most.',
      judge: ({ features, width }, classes, goOn) =>
        classes.flatMap(({ label, rows }, at) => {
          if (!goOn(at / classes.length)) return [];
          const along = reducedClass(features, width, rows, 1)?.table;
          const split = along === undefined ? undefined : bestSplit(along, Math.max(SMALLEST_GROUP, Math.floor(SMALLEST_SHARE * rows.length)));
          if (along === undefined || split === undefined) return [{ label, strength: 0, membership: new Float64Array(rows.length) }];
          const sign = 2 * split.upperCount <= rows.length ? 1 : -1;
          const gap = split.upperMean - split.lowerMean;
          return [{ label, strength: split.separation, membership: Float64Array.from(along, (value) => membershipOf(sign * value, sign * split.threshold, gap / 2)) }];
        }),
    }),
});
