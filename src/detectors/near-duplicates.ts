/**
 * Paper: Charikar, Similarity Estimation Techniques from Rounding Algorithms, STOC 2002, for finding samples that nearly agree in nearly linear time; what they mean for poison: Gu, Dolan-Gavitt,
 * Garg, BadNets, arXiv:1708.06733 (copies of training samples under another label), and Carlini, Poisoning the Unlabeled Dataset, arXiv:2105.01622, with Carlini and Terzis, Poisoning and Backdooring
 * Contrastive Learning, ICLR 2022, arXiv:2106.09667 (few samples repeated to weigh more).
 * Needs: a dataset; no model.
 * Defeated by: poison made from samples that are not in the dataset (arXiv:1712.05526, whose instances are the attacker's own), and changes too large for a near copy.
 */
import { Type } from '@sinclair/typebox';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { className } from './class-name.ts';
import { defineDetector } from './detector.ts';
import { duplicateClasses, type DuplicateClass } from './near-duplicates/duplicate-classes.ts';
import { nearPairs } from './near-duplicates/near-pairs.ts';
import { sampleSketches } from './near-duplicates/sample-sketches.ts';

/** Lower bound of the share of a class; clean sets stay below 0.01 (docs/detectors/near-duplicates.md). */
const THRESHOLD = 0.02;

/** Relative distance of near copies: clean sets have nothing below 0.29 across classes. */
const CONFLICT_RADIUS = 0.2;

/** Relative distance of repetitions. Within a class samples are more alike: handwritten ones come as near as 0.11. */
const REPETITION_RADIUS = 0.05;

const MINIMUM_CLASS = 20;

/** Floats kept of all samples (CWE-770). */
const MAX_TABLE_VALUES = 2 ** 26;

export const nearDuplicates = defineDetector({
  meta: {
    id: 'near-duplicates',
    title: 'Near copies under different labels, and samples repeated many times',
    description:
      'Finds samples that are nearly identical, by sketches in bands and without comparing all with all. A class is suspicious when many of its samples are near copies of samples with another label, ' +
      'or when one sample makes up much of it by repetition while other classes repeat nothing so often. No model is needed.',
    family: 'dataset',
    needs: ['dataset'],
    messages: {
      'conflicting-copies': {
        severity: 'medium',
        title: 'Many samples of one class are near copies of samples with another label',
        text: 'Of {class}, {count} samples ({share}) are near copies of samples that have another label, mostly {other}. One such pair: {first} and {twin}.',
        nextStep: 'Look at the pairs. Where one of the two carries something that the other lacks, quarantine it; where only the label differs, have it checked.',
      },
      'repeated-sample': {
        severity: 'medium',
        title: 'One sample is repeated many times within a class',
        text: 'In {class}, {count} samples ({share}) are repetitions of one, as {first} and {twin}; in the usual class the largest such group has {usual}.',
        nextStep: 'Ask why it is repeated. Keep one of them, unless somebody can say what the others are for.',
      },
    },
    metric: { name: 'excess of near copies', unit: 'share of a class', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'one or two passes and twelve sorts: 1 s for 2,400 images' },
    references: [
      { title: 'Similarity Estimation Techniques from Rounding Algorithms', authors: 'Charikar', year: 2002, url: 'https://doi.org/10.1145/509907.509965', role: 'source' },
      { title: 'BadNets: Identifying Vulnerabilities in the Machine Learning Model Supply Chain', authors: 'Gu, Dolan-Gavitt, Garg', year: 2017, url: 'https://arxiv.org/abs/1708.06733', role: 'background' },
      { title: 'Poisoning and Backdooring Contrastive Learning', authors: 'Carlini, Terzis', year: 2022, url: 'https://arxiv.org/abs/2106.09667', role: 'background' },
      { title: 'Targeted Backdoor Attacks on Deep Learning Systems Using Data Poisoning', authors: 'Chen, Liu, Li, Lu, Song', year: 2017, url: 'https://arxiv.org/abs/1712.05526', role: 'defeats' },
    ],
    limitations: [
      'Poison whose originals are not in the dataset is nobody’s copy.',
      'A trigger that changes more than about a fifth of a thumbnail’s contrast makes no near copy: a bright patch on a dark digit does.',
      'Texts of fewer than eight words and blank images are left out: they recur by themselves.',
      'In tables of few different values equal rows with different labels are ordinary; there only what exceeds that counts.',
    ],
    lifecycle: 'experimental',
    since: '0.3.0',
  },
  options: Type.Object({}, { additionalProperties: false }),

  async detect(model, _options, context) {
    const { dataset } = model.facets;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    context.signal.throwIfAborted();
    context.progress(0, 'samples');
    if (context.outOfTime()) return inconclusive('The time ran out before the samples were read.');
    const sketches = await sampleSketches(dataset, context.signal);
    if (sketches === undefined) return inconclusive('The dataset holds no images.');
    const { width } = sketches;
    const table = new Float32Array(Math.min(Math.floor(MAX_TABLE_VALUES / width), dataset.count) * width);
    const [ids, labels]: [string[], number[]] = [[], []];
    let [blank, beyond] = [0, 0];
    for await (const { sample, write } of sketches.samples(context.signal)) {
      if ((ids.length + 1) * width > table.length) {
        beyond += 1;
        continue;
      }
      if (!write(table, ids.length * width)) {
        blank += 1;
        continue;
      }
      ids.push(sample.id);
      labels.push(sample.label);
      if (ids.length % 1024 === 0 && context.outOfTime()) return inconclusive('The time ran out before all samples were read.', ids.length);
    }
    const classes = duplicateClasses(labels, dataset.classNames.length, dataset.kind === 'row', MINIMUM_CLASS);
    const isDone = nearPairs({
      table, count: ids.length, width, radius: CONFLICT_RADIUS, random: context.random('bands'),
      pair: (a, b, distance) => classes.add(a, b, distance <= REPETITION_RADIUS),
      goOn(share) {
        context.signal.throwIfAborted();
        context.progress(share, 'near copies');
        return !context.outOfTime();
      },
    });
    if (!isDone) return inconclusive('The time ran out before all samples were compared.', ids.length);
    const ranked = classes.judged();
    const [first, ...rest] = ranked;
    if (first === undefined) return inconclusive(`No class has ${String(MINIMUM_CLASS)} samples that can be compared.`, ids.length);
    const observe = (one: DuplicateClass) => {
      const [example, twin] = one.example;
      const common = { class: className(dataset.classNames, one.label), count: one.rows.length, share: `${((100 * one.rows.length) / one.size).toFixed(1)} %`, first: ids[example] ?? 'none', twin: ids[twin] ?? 'none' };
      return one.kind === 'conflict'
        ? { message: 'conflicting-copies' as const, data: { ...common, other: one.other === -1 ? 'none' : className(dataset.classNames, one.other) }, location: { targetClass: one.label } }
        : { message: 'repeated-sample' as const, data: { ...common, usual: one.usual }, location: { targetClass: one.label } };
    };
    const flagged = ranked.filter(({ strength }) => strength > THRESHOLD);
    const scores = new Float64Array(ids.length);
    const reasons = new Map<number, string>();
    for (const { rows, strength, kind } of [...ranked].reverse()) {
      for (const row of rows) {
        scores[row] = Math.max(scores[row] as number, Math.min(1, Math.max(0, strength) / THRESHOLD) ** 2);
        if (strength > THRESHOLD) reasons.set(row, kind === 'conflict' ? 'It is a near copy of a sample with another label.' : 'It is one of many repetitions of one sample.');
      }
    }
    return {
      outcome: 'measured',
      examined: ids.length,
      metric: Math.max(0, first.strength),
      measurements: [
        { name: 'samples with a near copy under another label', value: classes.conflicting() },
        { name: 'samples that say too little to be compared', value: blank },
        { name: 'samples beyond what fits the memory', value: beyond },
      ],
      observations: [observe(first), ...rest.filter((one) => flagged.includes(one)).map(observe)],
      sampleScores: sampleScores(ids, scores, [...reasons.keys()], (row) => reasons.get(row) ?? ''),
    };
  },
});
