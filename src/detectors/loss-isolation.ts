/**
 * Paper: Li, Lyu, Koren, Lyu, Li, Ma, Anti-Backdoor Learning: Training Clean Models on Poisoned Data, NeurIPS 2021, arXiv:2110.11571, section 3.2: the loss of poisoned samples falls first,
 * because a trigger is easier to learn than what it is put on. The paper isolates the hundredth with the lowest loss; here a class is suspicious when its early losses fall in two.
 * Needs: a dataset and a training log with losses of single samples.
 * Defeated by: triggers that are learned as slowly as the class (Qi et al., Revisiting the Assumption of Latent Separability, ICLR 2023), and rates so low that they are
 * learned last.
 */
import { Type } from '@sinclair/typebox';
import { rowsByClass } from '../poisoning/rows-by-class.ts';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { bestSplit } from '../statistics/best-split.ts';
import { className } from './class-name.ts';
import { defineDetector } from './detector.ts';
import { earlyLosses } from './loss-isolation/early-losses.ts';
import { membershipOf } from './judge-by-class.ts';

const MINIMUM_CLASS = 20;
const SMALLEST_SHARE = 0.02;
const SMALLEST_GROUP = 4;

/** A normal sample cut in half gives 2.65, a uniform one 3.5; two groups with nothing between them more than 5. */
const THRESHOLD = 4.5;

export const lossIsolation = defineDetector({
  meta: {
    id: 'loss-isolation',
    title: 'Samples of one class whose loss falls first',
    description: 'Reads the losses of single samples from the training log and looks in every class for a minority that was learned in the first epochs, long before the rest of its class.',
    family: 'dataset',
    needs: ['dataset', 'trainingLog'],
    messages: {
      'learned-first': {
        severity: 'medium',
        title: 'A part of one class was learned long before the rest',
        text: '{count} samples ({share}) of {class} were learned long before the rest of it: early losses around {early} against {usual}, {separation} deviations apart.',
        nextStep: 'Look at these samples for something they share that is easier to learn than the class. Leave them out of training until that is explained.',
      },
    },
    metric: { name: 'separation of early losses', unit: 'deviations', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'reads the log once' },
    references: [
      { title: 'Anti-Backdoor Learning: Training Clean Models on Poisoned Data', authors: 'Li, Lyu, Koren, Lyu, Li, Ma', year: 2021, url: 'https://arxiv.org/abs/2110.11571', role: 'source' },
      { title: 'Revisiting the Assumption of Latent Separability for Backdoor Defenses', authors: 'Qi, Xie, Li, Mahloujifar, Mittal', year: 2023, url: 'https://openreview.net/forum?id=_wSHsgrVali', role: 'defeats' },
    ],
    limitations: ['It needs losses of single samples from the first epochs on.', 'Copies of one easy sample are learned first as well.', 'A log is what the training job wrote: whoever planted the samples may have written it.'],
    lifecycle: 'experimental',
    since: '0.2.0',
  },
  options: Type.Object({ earlyShare: Type.Number({ default: 0.25, minimum: 0.01, maximum: 1, description: 'Share of the epochs, from the first on, whose losses are averaged; at least one epoch.' }) }, { additionalProperties: false }),

  async detect(model, options, context) {
    const { dataset, trainingLog } = model.facets;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    context.signal.throwIfAborted();
    context.progress(0, 'log');
    if (context.outOfTime()) return inconclusive('The time ran out before the log was read.');
    const { sampleLosses } = trainingLog;
    if (sampleLosses === undefined) return inconclusive('The training log holds no losses of single samples.');
    const early = earlyLosses(sampleLosses, options.earlyShare);
    const labelOf = new Map<string, number>();
    for await (const { id, label } of dataset.samples(context.signal)) if (label !== undefined) labelOf.set(id, label);
    const known = early.flatMap(({ id, logLoss }) => {
      const label = labelOf.get(id);
      return label === undefined ? [] : [{ id, label, logLoss }];
    });
    if (known.length === 0) return inconclusive('None of the samples in the log is a labelled sample of the dataset.');
    const scores = new Float64Array(known.length);
    const classes = rowsByClass(known.map(({ label }) => label), dataset.classNames.length).flatMap((rows, label) => {
      if (rows.length < MINIMUM_CLASS) return [];
      const losses = rows.map((row) => (known[row] as (typeof known)[number]).logLoss);
      const split = bestSplit(losses, Math.max(SMALLEST_GROUP, Math.floor(SMALLEST_SHARE * rows.length)));
      const isMinority = split !== undefined && 2 * (rows.length - split.upperCount) <= rows.length;
      if (split === undefined || !isMinority) return [{ label, strength: 0, suspects: [], early: 0, usual: 0, size: rows.length }];
      const weight = Math.min(1, split.separation / THRESHOLD) ** 2;
      const membership = losses.map((loss) => membershipOf(-loss, -split.threshold, (split.upperMean - split.lowerMean) / 2));
      for (const [at, row] of rows.entries()) scores[row] = weight * (membership[at] as number);
      return [{ label, strength: split.separation, suspects: rows.filter((_, at) => (membership[at] as number) > 0.5), early: Math.exp(split.lowerMean), usual: Math.exp(split.upperMean), size: rows.length }];
    });
    const [first, ...rest] = classes.sort((a, b) => b.strength - a.strength || a.label - b.label);
    if (first === undefined) return inconclusive(`No class has ${String(MINIMUM_CLASS)} samples in the log.`, known.length);
    const observe = (one: typeof first) => ({
      message: 'learned-first' as const,
      data: { class: className(dataset.classNames, one.label), count: one.suspects.length, share: `${((100 * one.suspects.length) / one.size).toFixed(1)} %`, early: one.early, usual: one.usual, separation: one.strength },
      location: { targetClass: one.label },
    });
    const flagged = [first, ...rest].filter(({ strength }) => strength > THRESHOLD);
    return {
      outcome: 'measured',
      examined: known.length,
      metric: first.strength,
      measurements: [{ name: 'samples in the log', value: early.length }, { name: 'separation of the next class', value: rest[0]?.strength ?? 0 }],
      observations: [observe(first), ...flagged.slice(1).map(observe)],
      sampleScores: sampleScores(known.map(({ id }) => id), scores, flagged.flatMap(({ suspects }) => suspects), () => 'Its loss fell long before that of the rest of its class.'),
    };
  },
});
