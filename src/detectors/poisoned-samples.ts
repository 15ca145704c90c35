/**
 * Paper: Sagi and Rokach, Ensemble learning: A survey, WIREs 2018, DOI 10.1002/widm.1249 (weighted combination of detectors); the detectors that are combined name theirs.
 * Needs: a dataset, and at least one of the detectors of poisoned samples that ran before.
 * Defeated by: what defeats all of the detectors it joins: poison that shares no pattern, leaves no trace and is learned like the rest of its class (Qi et al.,
 * Revisiting the Assumption of Latent Separability, ICLR 2023).
 */
import { Type } from '@sinclair/typebox';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { bestSplit } from '../statistics/best-split.ts';
import { wilsonInterval } from '../statistics/wilson-interval.ts';
import { className } from './class-name.ts';
import { defineDetector, type Calibration } from './detector.ts';
import calibration from './poisoned-samples.calibration.json' with { type: 'json' };
import { fuse, type FusedClass, type Witness } from './poisoned-samples/fuse.ts';
import weights from './poisoned-samples.weights.json' with { type: 'json' };

/** Even odds. */
const THRESHOLD = 0;

const SMALLEST_GROUP = 3;

export const poisonedSamples = defineDetector({
  meta: {
    id: 'poisoned-samples',
    title: 'Poisoned samples in the dataset',
    description:
      'Joins the detectors of poisoned samples: one ranking of all samples, the class that poison would lead to, an estimate of how much of the dataset is poisoned, and one verdict.',
    family: 'dataset',
    sampleKinds: ['image'],
    joins: true,
    needs: ['dataset'],
    after: ['shared-patch', 'frequency-artifacts', 'label-consistency', 'scan', 'activation-clustering', 'spectral-signatures', 'spectre'],
    messages: {
      'poisoned-class': {
        severity: 'critical',
        title: 'One class holds samples that were probably planted',
        text: 'About {count} samples of {class} were probably planted: {rate} of the dataset ({low} to {high}). Found by {witnesses}.',
        nextStep: 'Quarantine the listed samples and look at the first of them for what they share. Do not release a model trained on them; find out who added them.',
      },
    },
    metric: { name: 'log odds of poison', unit: 'nats', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'one pass over the labels; the detectors it joins do the work' },
    references: [
      { title: 'Ensemble learning: A survey', authors: 'Sagi, Rokach', year: 2018, url: 'https://doi.org/10.1002/widm.1249', role: 'source' },
      { title: 'Revisiting the Assumption of Latent Separability for Backdoor Defenses', authors: 'Qi, Xie, Li, Mahloujifar, Mittal', year: 2023, url: 'https://openreview.net/forum?id=_wSHsgrVali', role: 'defeats' },
    ],
    limitations: [
      'It sees what the detectors it joins see, and no more.',
      'The interval of the rate is that of the count of suspected samples; samples that no detector suspects are in none.',
      'The weights were fitted on small images; text, rows and series have detectors of their own that speak for themselves.',
    ],
    lifecycle: 'stable',
    since: '0.2.0',
  },
  options: Type.Object({}, { additionalProperties: false }),
  calibration: calibration as Calibration,

  async detect(model, _options, context) {
    const { dataset } = model.facets;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    context.signal.throwIfAborted();
    context.progress(0, 'labels');
    if (context.outOfTime()) return inconclusive('The time ran out before the labels were read.');
    const metrics = new Map(context.results.flatMap(({ detector, metric }) => (metric === undefined || metric.threshold === 0 ? [] : [[detector, metric.value / metric.threshold] as const])));
    if (metrics.size === 0) return inconclusive('None of the detectors it joins came to a result.');
    const labelOf = new Map<string, number>();
    for await (const { id, label } of dataset.samples(context.signal)) if (label !== undefined) labelOf.set(id, label);
    if (labelOf.size === 0) return inconclusive('No sample has a label.');
    const empty = { ids: [], scores: new Float64Array(0), suspects: [] };
    const scoresOf = new Map(context.sampleScores.map(({ from, scores }) => [from, scores]));
    const witnesses = [...metrics].filter(([from]) => from in weights.evidence).map(([from, ratio]): Witness => ({ from, ratio, scores: scoresOf.get(from) ?? empty }));
    if (witnesses.length === 0) return inconclusive('None of the detectors it joins came to a result.');
    const fused = fuse(witnesses, labelOf, dataset.classNames.length, weights);
    const suspected = fused.classes.filter(({ evidence }) => evidence > THRESHOLD);
    const membersOf = (one: FusedClass): readonly number[] => plantedRows(fused.ids.flatMap((id, row) => (labelOf.get(id) === one.label ? [row] : [])), fused.scores);
    const observe = (one: FusedClass) => {
      const count = membersOf(one).length;
      const { low, high } = wilsonInterval(count, labelOf.size);
      return {
        message: 'poisoned-class' as const,
        data: { class: className(dataset.classNames, one.label), count, rate: percent(count / labelOf.size), low: percent(low), high: percent(high), witnesses: one.witnesses.join(', ') || 'no single detector' },
        location: { targetClass: one.label },
      };
    };
    const [first, ...rest] = fused.classes;
    if (first === undefined) return inconclusive('The dataset has no classes.');
    const suspects = suspected.flatMap(membersOf);
    context.progress(1, 'joined');
    return {
      outcome: 'measured',
      examined: labelOf.size,
      metric: first.evidence,
      measurements: [
        { name: 'detectors joined', value: witnesses.length },
        { name: 'suspected samples', value: suspects.length },
        { name: 'log odds of the next class', value: rest[0]?.evidence ?? 0 },
      ],
      observations: [observe(first), ...rest.filter((one) => suspected.includes(one)).map(observe)],
      ...(scoresOf.size === 0 ? {} : { sampleScores: sampleScores(fused.ids, fused.scores, suspects, () => `It is in the part of its class that ${first.witnesses.join(', ')} set apart.`) }),
    };
  },
});

/** The upper part of a class, cut where that leaves the least variance within the parts. */
function plantedRows(rows: readonly number[], scores: Float64Array): readonly number[] {
  const split = bestSplit(rows.map((row) => scores[row] as number), SMALLEST_GROUP);
  return split === undefined ? [] : rows.filter((row) => (scores[row] as number) > split.threshold);
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
