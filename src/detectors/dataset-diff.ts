/**
 * Paper: Gu, Dolan-Gavitt, Garg, BadNets: Identifying Vulnerabilities in the Machine Learning Model Supply Chain, arXiv:1708.06733 (section
 * 3: a dirty-label backdoor is copies of training images with a trigger and another label, and labels that were changed). Carlini et al.,
 * Poisoning Web-Scale Training Datasets is Practical, arXiv:2302.10149 (what is downloaded later is not what was approved).
 * Needs: the dataset and its approved version (a manifest, or the base commit of a change).
 * Defeated by: triggers that change every part of a sample, and poison that the approved version already holds.
 */
import { Type } from '@sinclair/typebox';
import type { DatasetSample } from '../model/dataset.ts';
import { compareSamples, type SampleDifference, type Twin } from './dataset-diff/compare-samples.ts';
import { findTwins } from './dataset-diff/find-twins.ts';
import { defineDetector, type Observation, type SampleScores } from './detector.ts';
import { SEVERITY_LEVELS } from './severity-levels.ts';

/** 0 is left for nothing at all. */
const rankOf = (message: Message): number => 1 + SEVERITY_LEVELS[MESSAGES[message].severity];

const ASK = 'Ask whoever proposed the change how these samples came to be, and have them looked at by somebody else.';

const MESSAGES = {
  relabelled: {
    severity: 'high', title: 'Approved samples have other labels',
    text: '{count} of {of} approved samples ({share} %) have another label, {toTarget} of them now {target}. The first is {first}, from {before} to {after}.',
    nextStep: 'Have every changed label checked by somebody who did not propose it.',
  },
  'few-relabelled': {
    severity: 'low', title: 'Some approved samples have other labels',
    text: '{count} of {of} approved samples ({share} %) have another label; the first is {first}, from {before} to {after}.',
    nextStep: 'Check the changed labels; corrections look like this too.',
  },
  'twin-of-another-class': {
    severity: 'high', title: 'New samples are copies of approved ones under another label',
    text: '{count} new samples have the content of an approved sample of another class. The first is {first} ({label}), a copy of {twin} ({twinLabel}).',
    nextStep: ASK,
  },
  'altered-copy': {
    severity: 'high', title: 'New samples are altered copies of approved ones under another label',
    text: '{count} new samples share at least half of their parts with an approved sample of another class and differ in the rest, as when a trigger is put on. The first is {first} ({label}), made from {twin} ({twinLabel}).',
    nextStep: ASK,
  },
  concentrated: {
    severity: 'low', title: 'New samples are mostly of one class',
    text: '{count} of {of} new samples are {label}, which has {share} % of the approved ones.',
    nextStep: 'Look at some of them. A backdoor adds samples to the class that it leads to; so does whoever fills a gap.',
  },
  'class-shrank': {
    severity: 'low', title: 'A class lost most of its samples',
    text: '{label} had {before} approved samples, of which {after} are left unchanged.',
    nextStep: 'Ask why they went: a model forgets what it no longer sees.',
  },
  summary: {
    severity: 'info', title: 'What changed since the approved version',
    text: 'Compared with {description}: {added} samples are new, {changed} have other content, {removed} are gone, {relabelled} have another label.',
    nextStep: 'Nothing has to be done.',
  },
} as const;

type Message = keyof typeof MESSAGES;

export const datasetDiff = defineDetector({
  meta: {
    id: 'dataset-diff',
    title: 'Changes since the approved version of a dataset',
    description:
      'Compares a dataset with its approved version sample by sample and vets what is new against what was approved: labels that changed, and new ' +
      'samples that are copies, or copies with a changed part, of approved samples of another class. That is how dirty-label backdoors are made.',
    family: 'dataset',
    needs: ['dataset', 'trustedDataset'],
    messages: MESSAGES,
    metric: { name: 'severity of the worst observation', unit: 'of 5 (3 medium, 4 high, 5 critical)', flaggedWhen: 'above', threshold: 2 },
    cost: { tier: 'weights', description: 'two passes over the dataset' },
    references: [
      { title: 'BadNets: Identifying Vulnerabilities in the Machine Learning Model Supply Chain', authors: 'Gu, Dolan-Gavitt, Garg', year: 2017, url: 'https://arxiv.org/abs/1708.06733', role: 'source' },
      { title: 'Poisoning Web-Scale Training Datasets is Practical', authors: 'Carlini et al.', year: 2023, url: 'https://arxiv.org/abs/2302.10149', role: 'background' },
      { title: 'Label-Consistent Backdoor Attacks', authors: 'Turner, Tsipras, Madry', year: 2019, url: 'https://arxiv.org/abs/1912.02771', role: 'defeats' },
    ],
    limitations: [
      'What the approved version already holds is not looked at.',
      'A trigger that changes every part of a sample (blending, warping, another JPEG quality) leaves no part to recognize a copy by.',
      'Clean-label attacks change no label and copy no sample across classes.',
    ],
    lifecycle: 'stable',
    since: '0.3.0',
  },
  options: Type.Object(
    {
      maxRelabelledShare: Type.Number({ default: 0.01, minimum: 0, maximum: 1, description: 'Share of the approved samples that may have another label before it is severe.' }),
      sharedParts: Type.Number({ default: 0.5, exclusiveMinimum: 0, maximum: 1, description: 'Share of its parts that a sample has in common with an approved one to count as its altered copy.' }),
    },
    { additionalProperties: false },
  ),
  async detect(model, options, context) {
    const { dataset, trustedDataset } = model.facets;
    const { signal } = context;
    context.progress(0, 'comparing labels and contents');
    const difference = await compareSamples(dataset, trustedDataset, signal);
    if (context.outOfTime()) return { outcome: 'inconclusive', examined: 0, reason: 'The time ran out before new samples were compared with the approved ones.' };
    const { added, changed, copies: exact } = difference;
    const isCopy = new Set(exact.map(({ id }) => id));
    const isNew = ({ id }: DatasetSample): boolean => (added.has(id) || changed.has(id)) && !isCopy.has(id);
    context.progress(0.4, 'looking for copies');
    const hasNew = added.size + changed.size > 0;
    const altered = hasNew && trustedDataset.dataset !== undefined ? await findTwins(dataset, trustedDataset.dataset, isNew, options.sharedParts, context) : [];
    const twins = [...exact, ...altered];
    const name = (label: number | undefined): string => (label === undefined ? 'no label' : (dataset.classNames[label] ?? String(label)));
    const observations = [
      ...relabelled(difference, trustedDataset.samples.size, options.maxRelabelledShare, name),
      ...copies(twins, name),
      ...shifts(difference, name),
      summary(difference, trustedDataset.description),
    ];
    const [first, ...others] = [...observations].sort((left, right) => rankOf(right.message) - rankOf(left.message));
    if (first === undefined) return { outcome: 'inconclusive', examined: 0, reason: 'There was nothing to compare.' };
    return {
      outcome: 'measured', examined: dataset.count,
      metric: rankOf(first.message),
      measurements: [
        { name: 'relabelled share', value: difference.relabelled.length / Math.max(1, trustedDataset.samples.size) },
        { name: 'new samples', value: added.size + changed.size },
        { name: 'copies of another class', value: twins.length },
      ],
      observations: [first, ...others],
      sampleScores: scoresOf(difference, twins, name),
    };
  },
});

function relabelled({ relabelled: all }: SampleDifference, of: number, limit: number, name: (label: number | undefined) => string): Observation<Message>[] {
  const [first] = all;
  if (first === undefined) return [];
  const share = all.length / of;
  const counts = new Map<number | undefined, number>();
  for (const { after } of all) counts.set(after, (counts.get(after) ?? 0) + 1);
  const [target, toTarget] = [...counts].reduce((most, next) => (next[1] > most[1] ? next : most));
  return [{
    message: share > limit ? 'relabelled' : 'few-relabelled',
    data: { count: all.length, of, share: 100 * share, toTarget, target: name(target), first: first.id, before: name(first.before), after: name(first.after) },
    location: target === undefined ? {} : { targetClass: target },
  }];
}

function copies(twins: readonly Twin[], name: (label: number | undefined) => string): Observation<Message>[] {
  const observe = (message: 'twin-of-another-class' | 'altered-copy', its: readonly Twin[]): Observation<Message>[] => {
    const [first] = its;
    if (first === undefined) return [];
    return [{
      message, data: { count: its.length, first: first.id, label: name(first.label), twin: first.twin, twinLabel: name(first.twinLabel) },
      location: { ...(first.label === undefined ? {} : { targetClass: first.label }), ...(first.twinLabel === undefined ? {} : { sourceClass: first.twinLabel }) },
    }];
  };
  return [...observe('twin-of-another-class', twins.filter(({ share }) => share === 1)), ...observe('altered-copy', twins.filter(({ share }) => share < 1))];
}

/** New samples of one class, as many times as often as before, and enough of them that it is no accident. */
const CONCENTRATION = 3;
const MIN_NEW_SAMPLES = 20;

function shifts({ newCounts, approvedCounts, keptCounts }: SampleDifference, name: (label: number | undefined) => string): Observation<Message>[] {
  const sum = (counts: ReadonlyMap<number, number>): number => [...counts.values()].reduce((all, one) => all + one, 0);
  const [added, approved] = [sum(newCounts), sum(approvedCounts)];
  const [top] = [...newCounts].sort((left, right) => right[1] - left[1]);
  const share = top === undefined ? 0 : (approvedCounts.get(top[0]) ?? 0) / Math.max(1, approved);
  const isConcentrated = top !== undefined && added >= MIN_NEW_SAMPLES && top[1] / added >= 0.5 && top[1] / added >= CONCENTRATION * share;
  const shrunken = [...approvedCounts].filter(([label, before]) => before >= MIN_NEW_SAMPLES && (keptCounts.get(label) ?? 0) < before / 2);
  return [
    ...(isConcentrated ? [{ message: 'concentrated' as const, data: { count: top[1], of: added, label: name(top[0]), share: 100 * share }, location: { targetClass: top[0] } }] : []),
    ...shrunken.map(([label, before]) => ({ message: 'class-shrank' as const, data: { label: name(label), before, after: keptCounts.get(label) ?? 0 }, location: { sourceClass: label } })),
  ];
}

function summary({ added, changed, removed, relabelled: all }: SampleDifference, description: string): Observation<Message> {
  return { message: 'summary', data: { description, added: added.size, changed: changed.size, removed, relabelled: all.length }, location: {} };
}

/** Every new or relabelled sample: how much of it is an approved sample of another class; a changed label is one as a whole. */
function scoresOf({ added, changed, relabelled: all }: SampleDifference, twins: readonly Twin[], name: (label: number | undefined) => string): SampleScores {
  const scores = new Map<string, number>([...added, ...changed].map((id) => [id, 0]));
  const reasons = new Map<string, string>();
  for (const { id, before, after } of all) {
    scores.set(id, 1);
    reasons.set(id, `It was approved as ${name(before)} and is now ${name(after)}.`);
  }
  for (const { id, share, twin, twinLabel } of twins) {
    scores.set(id, Math.max(share, scores.get(id) ?? 0));
    reasons.set(id, share === 1 ? `It is a copy of ${twin}, which was approved as ${name(twinLabel)}.` : `${String(Math.round(100 * share))} % of its parts are those of ${twin}, which was approved as ${name(twinLabel)}.`);
  }
  const ids = [...scores.keys()];
  const places = new Map(ids.map((id, index) => [id, index]));
  const suspects = [...reasons]
    .map(([id, reason]) => ({ index: places.get(id) ?? 0, reason, score: scores.get(id) ?? 0 }))
    .sort((left, right) => right.score - left.score || left.index - right.index)
    .map(({ index, reason }) => ({ index, reason }));
  return { ids, scores: Float64Array.from(ids, (id) => scores.get(id) ?? 0), suspects };
}
