import { median } from '../../statistics/median.ts';
import type { RunningMoments } from './running-moments.ts';

/** Chance, over all comparisons of a dataset, that an interval misses. */
const CHANCE = 0.01;

/** New samples, and approved ones, that a class needs. */
const MINIMUM_CLASS = 10;

export interface ClassShift {
  readonly label: number;
  /** Index of the statistic. */
  readonly statistic: number;
  /** In deviations of the approved samples of the class, less the median shift of the other classes. */
  readonly difference: number;
  /** Lower bound of its magnitude, at least 0. */
  readonly strength: number;
  readonly before: RunningMoments;
  readonly after: RunningMoments;
}

/**
 * How far the new samples of each class are from the approved ones, by class and statistic, the strongest first. What all classes have in common (another camera, another season) is taken out by
 * the median of the other classes. The deviation is that of the approved samples, with a floor for statistics that hardly vary.
 */
export function shiftsOfClasses(approved: readonly (readonly RunningMoments[])[], added: readonly (readonly RunningMoments[])[]): readonly ClassShift[] {
  const statistics = approved[0]?.length ?? 0;
  const z = Math.sqrt(2 * Math.log(Math.max(1, approved.length * statistics) / CHANCE));
  const shifts: ClassShift[] = [];
  for (let statistic = 0; statistic < statistics; statistic += 1) {
    const raw = approved.flatMap((its, label) => {
      const [before, after] = [its[statistic], added[label]?.[statistic]];
      if (before === undefined || after === undefined || before.count < MINIMUM_CLASS || after.count < MINIMUM_CLASS) return [];
      const floor = 1e-6 * Math.max(Math.abs(before.mean), Math.abs(after.mean));
      const deviation = Math.max(Math.sqrt(before.variance), floor);
      if (deviation === 0) return [];
      const error = Math.sqrt(before.variance / before.count + after.variance / after.count) / deviation;
      return [{ label, before, after, shift: (after.mean - before.mean) / deviation, error }];
    });
    for (const { label, before, after, shift, error } of raw) {
      const others = raw.filter((one) => one.label !== label);
      const difference = shift - (median(others.map((one) => one.shift)) ?? 0);
      // What is taken out is not known better than a class is, and badly where a statistic hardly varies.
      const doubt = Math.hypot(error, ...(others.length === 0 ? [] : [Math.max(...others.map((one) => one.error)) / Math.sqrt(others.length)]));
      shifts.push({ label, statistic, difference, before, after, strength: Math.max(0, Math.abs(difference) - z * doubt) });
    }
  }
  return shifts.sort((a, b) => b.strength - a.strength || a.label - b.label || a.statistic - b.statistic);
}

/** Cohen's h of a class's share of the new samples against its share of the approved ones, less its error for as many comparisons as there are classes; 0 where there are fewer than wanted. */
export function mixShift(newCount: number, newTotal: number, approvedCount: number, approvedTotal: number, classes: number): number {
  if (newTotal < MINIMUM_CLASS || approvedTotal < MINIMUM_CLASS) return 0;
  const h = 2 * Math.asin(Math.sqrt(newCount / newTotal)) - 2 * Math.asin(Math.sqrt(approvedCount / approvedTotal));
  return Math.max(0, h - Math.sqrt(2 * Math.log(Math.max(1, classes) / CHANCE)) * Math.sqrt(1 / newTotal + 1 / approvedTotal));
}
