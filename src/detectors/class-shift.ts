/**
 * Paper: Rabanser, Günnemann, Lipton, Failing Loudly: An Empirical Study of Methods for Detecting Dataset Shift, NeurIPS 2019, arXiv:1810.11953, for tests of single statistics with a correction and of
 * the label distribution, here by class, since poison goes to one class; effect sizes of Cohen, Statistical Power Analysis, 1988 (d and h).
 * Needs: the dataset and its approved version with its samples.
 * Defeated by: triggers that leave brightness, contrast and detail as they were, and poison spread over all classes (Turner, Tsipras, Madry, arXiv:1912.02771, change neither labels nor much else).
 */
import { Type } from '@sinclair/typebox';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { className } from './class-name.ts';
import { runningMoments } from './class-shift/running-moments.ts';
import { mixShift, shiftsOfClasses, type ClassShift } from './class-shift/shifts-of-classes.ts';
import { simpleStatistics } from './class-shift/simple-statistics.ts';
import { compareSamples } from './dataset-diff/compare-samples.ts';
import { defineDetector } from './detector.ts';

/** Half a deviation: what Cohen calls a medium effect, as the lower end of an interval. */
const THRESHOLD = 0.5;

export const classShift = defineDetector({
  meta: {
    id: 'class-shift',
    title: 'New samples of one class that differ from the approved ones',
    description:
      'Compares the samples that are new since the approved version with the approved ones, class by class: how many there are of each class, and what they are like from far away (brightness, contrast, ' +
      'length of texts, columns of tables). What all classes have in common is taken out.',
    family: 'dataset',
    needs: ['dataset', 'trustedDataset'],
    messages: {
      'looks-different': {
        severity: 'medium',
        title: 'New samples of one class differ from its approved ones',
        text: '{count} new samples of {class} differ from its approved ones in {statistic}: {after} on average against {before}, {difference} deviations beyond what the other classes moved.',
        nextStep: 'Look at some of the new samples beside approved ones, and ask where they came from.',
      },
      'other-mix': {
        severity: 'low',
        title: 'New samples are of one class more often than approved ones',
        text: '{count} of {of} new samples are of {class}, which has {share} of the approved ones.',
        nextStep: 'Ask whether somebody meant to fill a gap. A backdoor adds samples to the class that it leads to.',
      },
    },
    metric: { name: 'largest shift of a class', unit: 'deviations', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'weights', description: 'three passes over the samples' },
    references: [
      { title: 'Failing Loudly: An Empirical Study of Methods for Detecting Dataset Shift', authors: 'Rabanser, Günnemann, Lipton', year: 2019, url: 'https://arxiv.org/abs/1810.11953', role: 'source' },
      { title: 'Label-Consistent Backdoor Attacks', authors: 'Turner, Tsipras, Madry', year: 2019, url: 'https://arxiv.org/abs/1912.02771', role: 'defeats' },
    ],
    limitations: [
      'A small trigger changes no such statistic by half a deviation.',
      'Poison among honest new samples of the same class is averaged with them.',
      'Honest new samples of one class from a new source look the same.',
      'Where only one class has new samples there is nothing to take out, and a new camera counts in full.',
    ],
    lifecycle: 'experimental',
    since: '0.3.0',
  },
  options: Type.Object({}, { additionalProperties: false }),

  async detect(model, _options, context) {
    const { dataset, trustedDataset } = model.facets;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    context.signal.throwIfAborted();
    context.progress(0, 'comparing');
    if (context.outOfTime()) return inconclusive('The time ran out before the samples were compared.');
    const { added, changed, newCounts, approvedCounts } = await compareSamples(dataset, trustedDataset, context.signal);
    const isNew = (id: string): boolean => added.has(id) || changed.has(id);
    const statistics = simpleStatistics(dataset);
    const empty = () => dataset.classNames.map(() => statistics.names.map(() => runningMoments()));
    const [before, after] = [empty(), empty()];
    const hasNew = added.size + changed.size > 0;
    for (const [source, into, wanted] of [[trustedDataset.dataset, before, () => true], [dataset, after, isNew]] as const) {
      if (source === undefined || !hasNew || source.kind !== dataset.kind) continue;
      let seen = 0;
      for await (const { id, label, content } of source.samples(context.signal)) {
        seen += 1;
        if (seen % 1024 === 0 && context.outOfTime()) return inconclusive('The time ran out before all samples were read.', seen);
        const its = label === undefined ? undefined : into[label];
        if (its === undefined || !wanted(id)) continue;
        for (const [at, value] of statistics.of(content).entries()) its[at]?.add(value);
      }
    }
    context.progress(0.7, 'comparing');
    const shifts = shiftsOfClasses(before, after);
    const total = (counts: ReadonlyMap<number, number>): number => [...counts.values()].reduce((sum, one) => sum + one, 0);
    const [newTotal, approvedTotal] = [total(newCounts), total(approvedCounts)];
    const mixes = [...newCounts]
      .map(([label, count]) => ({ label, count, approved: approvedCounts.get(label) ?? 0, strength: mixShift(count, newTotal, approvedCounts.get(label) ?? 0, approvedTotal, dataset.classNames.length) }))
      .sort((a, b) => b.strength - a.strength || a.label - b.label);
    const observeShift = ({ label, statistic, difference, before: old, after: fresh }: ClassShift) => ({
      message: 'looks-different' as const,
      data: { class: className(dataset.classNames, label), count: fresh.count, statistic: (statistics.names[statistic] ?? '').slice(0, 80), before: old.mean, after: fresh.mean, difference: Math.abs(difference) },
      location: { targetClass: label },
    });
    const observeMix = ({ label, count, approved }: (typeof mixes)[number]) => ({
      message: 'other-mix' as const,
      data: { class: className(dataset.classNames, label), count, of: newTotal, share: `${((100 * approved) / Math.max(1, approvedTotal)).toFixed(1)} %` },
      location: { targetClass: label },
    });
    const suspicious = strongestOfClass(shifts.filter(({ strength }) => strength > THRESHOLD));
    const observations = [...suspicious.map(observeShift), ...mixes.filter(({ strength }) => strength > THRESHOLD).map(observeMix)];
    const [first, ...rest] = observations;
    const largest = (shifts[0]?.strength ?? -1) >= (mixes[0]?.strength ?? 0) ? shifts[0] : undefined;
    const quiet = { message: 'other-mix' as const, data: { class: 'no class', count: 0, of: newTotal, share: '0 %' }, location: {} };
    return {
      outcome: 'measured',
      examined: dataset.count,
      metric: Math.max(0, shifts[0]?.strength ?? 0, mixes[0]?.strength ?? 0),
      measurements: [
        { name: 'new samples', value: newTotal },
        { name: 'largest shift of a statistic', value: shifts[0]?.strength ?? 0 },
        { name: 'largest shift of the mix', value: mixes[0]?.strength ?? 0 },
      ],
      observations: first !== undefined ? [first, ...rest] : [largest !== undefined ? observeShift(largest) : mixes[0] === undefined ? quiet : observeMix(mixes[0])],
      sampleScores: await scoresOf(),
    };

    /** Of new samples: how far they are on the side to which their class moved. */
    async function scoresOf() {
      const [ids, scores, suspects]: [string[], number[], number[]] = [[], [], []];
      if (hasNew) {
        for await (const { id, label, content } of dataset.samples(context.signal)) {
          if (!isNew(id)) continue;
          const moved = suspicious.find((one) => one.label === label);
          const value = moved === undefined ? NaN : (statistics.of(content)[moved.statistic] ?? NaN);
          const distance = moved === undefined || !Number.isFinite(value) ? 0 : (Math.sign(moved.difference) * (value - moved.before.mean)) / Math.max(Math.sqrt(moved.before.variance), 1e-9);
          if (distance > 1) suspects.push(ids.length);
          ids.push(id);
          scores.push(Math.max(0, distance) / (2 + Math.max(0, distance)));
        }
      }
      return sampleScores(ids, Float64Array.from(scores), suspects, () => 'It is new and differs from the approved samples of its class as many of the new ones do.');
    }
  },
});

/** Sorted by strength, one a class. */
function strongestOfClass(sorted: readonly ClassShift[]): readonly ClassShift[] {
  return sorted.filter(({ label }, at) => sorted.findIndex((one) => one.label === label) === at);
}
