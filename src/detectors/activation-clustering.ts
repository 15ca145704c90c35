/**
 * Paper: Chen, Carvalho, Baracaldo, Ludwig, Edwards, Lee, Molloy, Srivastava, Detecting Backdoor Attacks on Deep Neural Networks by Activation Clustering, SafeAI 2019,
 * arXiv:1811.03728: the activations of each class are reduced to ten dimensions and clustered in two; poison is the smaller cluster where the silhouette is high and
 * its size is far from half. Exclusionary reclassification trains a model without the cluster and sees how it labels it; here the means of the
 * other clusters and classes label it, so nothing is trained.
 * Needs: a dataset and the model trained on it.
 * Defeated by: training that keeps triggered features inside the target's (Qi et al., Revisiting the Assumption of Latent Separability, ICLR 2023), and poison
 * that is most of its class.
 */
import { Type } from '@sinclair/typebox';
import { meanOf, squaredDistance } from '../poisoning/within-class-whitening.ts';
import { reducedClass } from '../poisoning/reduced-class.ts';
import { kMeans } from '../statistics/k-means.ts';
import { silhouette } from '../statistics/silhouette.ts';
import calibration from './activation-clustering.calibration.json' with { type: 'json' };
import { defineDetector, type Calibration } from './detector.ts';
import { judgeByClass, membershipOf, type ClassRows, type JudgedClass } from './judge-by-class.ts';

/** The paper's. */
const DIMENSIONS = 10;
const MINIMUM_CLASS = 20;

/** Members of a class whose silhouette is computed: it is quadratic. */
const SILHOUETTE_ROWS = 500;

/** A clean class splits in halves; a cluster beyond this share is no minority. */
const LARGEST_SHARE = 0.35;

/** Silhouette, counted only for a minority that lies nearer to another class: clean sets reach 0.3 (docs/detectors/activation-clustering.md). */
const THRESHOLD = 0.35;

export const activationClustering = defineDetector({
  meta: {
    id: 'activation-clustering',
    title: 'A second cluster of activations in one class',
    description:
      'Clusters the activations of each class in two. A small cluster that is well apart from the rest, and that the other classes’ activations claim as their own, ' +
      'holds samples that got their label for another reason than the rest of the class.',
    family: 'dataset',
    sampleKinds: ['image'],
    needs: ['dataset', 'classifier'],
    messages: {
      'second-cluster': {
        severity: 'high',
        title: 'A part of one class is a cluster of its own to the model',
        text: 'Of {class}, {count} samples ({share}) form a cluster of their own: silhouette {silhouette}; {foreign} of them lie nearer to another class than to the rest of theirs.',
        nextStep: 'Look at the samples of the cluster for something they share. Check their labels and where they came from before training on them.',
      },
    },
    metric: { name: 'silhouette of a minority cluster', unit: 'silhouette', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'one forward pass a sample and a clustering a class, linear in the samples (bench/datasets): 3 s for 2,500 images of 3x32x32 on one core' },
    references: [
      { title: 'Detecting Backdoor Attacks on Deep Neural Networks by Activation Clustering', authors: 'Chen, Carvalho, Baracaldo, Ludwig, Edwards, Lee, Molloy, Srivastava', year: 2018, url: 'https://arxiv.org/abs/1811.03728', role: 'source' },
      { title: 'Revisiting the Assumption of Latent Separability for Backdoor Defenses', authors: 'Qi, Xie, Li, Mahloujifar, Mittal', year: 2023, url: 'https://openreview.net/forum?id=_wSHsgrVali', role: 'defeats' },
    ],
    limitations: [
      'Poison of less than a hundredth of its class does not get a cluster of its own, and poison of more than a third is taken for the class.',
      'Poison that the model did not learn lies with the class it really is of, and only the labels are odd.',
    ],
    lifecycle: 'experimental',
    since: '0.2.0',
  },
  options: Type.Object({}, { additionalProperties: false }),
  calibration: calibration as Calibration,

  detect: (model, _options, context) =>
    judgeByClass({
      dataset: model.facets.dataset, classifier: model.facets.classifier, context,
      threshold: THRESHOLD, message: 'second-cluster', minimumClass: MINIMUM_CLASS,
      reason: 'It lies in a small cluster of its class, apart from the rest.',
      judge({ features, width }, classes, goOn) {
        const means = classes.map(({ rows }) => meanOf(features, width, rows));
        return classes.flatMap((one, at): readonly JudgedClass[] => {
          if (!goOn(at / classes.length)) return [];
          const judged = judgeClass(features, width, one, means.filter((_, other) => other !== at));
          return judged === undefined ? [] : [judged];
        });

        function judgeClass(table: Float32Array, columns: number, { label, rows }: ClassRows, others: readonly Float64Array[]): JudgedClass | undefined {
          const reduced = reducedClass(table, columns, rows, DIMENSIONS);
          if (reduced === undefined) return undefined;
          const places = rows.map((_, place) => place);
          const found = kMeans({ table: reduced.table, columns: reduced.width, rows: places, k: 2, random: context.random(`clusters of ${String(label)}`) });
          if (found === undefined) return undefined;
          const ones = found.assignment.reduce((sum, cluster) => sum + cluster, 0);
          const minor = 2 * ones <= rows.length ? 1 : 0;
          const members = rows.filter((_, place) => found.assignment[place] === minor);
          const rest = rows.filter((_, place) => found.assignment[place] !== minor);
          if (members.length === 0 || rest.length === 0) return undefined;
          const drawn = context.random(`silhouette of ${String(label)}`).shuffle(places).slice(0, SILHOUETTE_ROWS);
          const apart = silhouette(reduced.table, reduced.width, drawn, drawn.map((place) => found.assignment[place] as number)) ?? 0;
          // Exclusionary: what would those who have nothing to do with the cluster call it?
          const home = meanOf(table, columns, rest);
          const isForeign = (row: number): boolean => {
            const own = squaredDistance(table, columns, row, home);
            return others.some((mean) => squaredDistance(table, columns, row, mean) < own);
          };
          const foreign = members.filter(isForeign).length / members.length;
          const { centers } = found;
          const [minorCenter, majorCenter] = [centers.subarray(minor * reduced.width, (minor + 1) * reduced.width), centers.subarray((1 - minor) * reduced.width, (2 - minor) * reduced.width)];
          const gap = squaredDistance(Float32Array.from(minorCenter), reduced.width, 0, majorCenter);
          return {
            label,
            strength: members.length / rows.length > LARGEST_SHARE ? 0 : apart * Math.sqrt(foreign),
            membership: places.map((place) => membershipOf(squaredDistance(reduced.table, reduced.width, place, majorCenter) - squaredDistance(reduced.table, reduced.width, place, minorCenter), 0, gap)),
            data: { silhouette: apart, foreign: `${String(Math.round(100 * foreign))} %` },
          };
        }
      },
    }),
});
