import type { TriggerFamily } from '../../triggers/trigger.ts';
import { allToOne, countEffect, learnAllToAll, pullTowardsClasses, targetOf, type LabelEffect } from './label-effect.ts';
import { logOdds, logOddsOfRate } from '../../statistics/log-odds.ts';
import type { TriedTrigger } from './tried-trigger.ts';

/**
 * Comparison rates below this count as this: with a few dozen images one or two strays would otherwise decide the
 * metric, and no change that sends a tenth of all images somewhere is a backdoor anybody would plant.
 */
const COMPARISON_FLOOR = 0.1;
/** A comparison rate above this counts as this, so that its log odds stay finite. */
const COMPARISON_CEILING = 0.98;
/**
 * What random changes do counts against a trigger up to this rate. Not further: backdoors with blended or noisy triggers
 * answer to random noise too, and would otherwise excuse themselves; what they keep is a success rate near one.
 */
const RANDOM_RATE_CEILING = 0.5;

/** A trigger with its predictions on the screening images. */
export interface Trial extends TriedTrigger {
  readonly after: Int32Array;
  /** Rate of images of other classes sent to each class. */
  readonly pulls: Float64Array;
}

export interface Candidate {
  readonly trial: Trial;
  readonly effect: LabelEffect;
  /** Selectivity on the screening images; used to rank only. */
  readonly rank: number;
}

export function trialOf(tried: TriedTrigger, before: Int32Array, after: Int32Array, classCount: number): Trial {
  return { ...tried, after, pulls: pullTowardsClasses(classCount, before, after) };
}

/** The strongest pull towards any class but `target` of any change of the same family that is no stronger. */
export function rivalPull(trials: readonly Trial[], family: TriggerFamily, magnitude: number, target: number): number {
  let strongest = 0;
  for (const { trigger, pulls } of trials) {
    if (trigger.family !== family || trigger.magnitude > magnitude) continue;
    for (let label = 0; label < pulls.length; label += 1) {
      if (label !== target) strongest = Math.max(strongest, pulls[label] as number);
    }
  }
  return strongest;
}

/** The rate a success rate is compared with: rivals in full, random changes up to {@link RANDOM_RATE_CEILING}. */
export function comparisonRate(rival: number, random: number): number {
  return Math.min(Math.max(rival, Math.min(random, RANDOM_RATE_CEILING), COMPARISON_FLOOR), COMPARISON_CEILING);
}

/** Log odds of success less the log odds of the comparison. */
export function selectivity(counts: { readonly successes: number; readonly trials: number }, comparison: number): number {
  return logOdds(counts.successes, counts.trials) - logOddsOfRate(comparison);
}

function allToOneCandidates(trials: readonly Trial[], before: Int32Array, classCount: number): Candidate[] {
  return trials.flatMap((trial) => {
    const { family, magnitude } = trial.trigger;
    let target = 0;
    for (let label = 1; label < classCount; label += 1) {
      if ((trial.pulls[label] as number) > (trial.pulls[target] as number)) target = label;
    }
    const effect = allToOne(target, classCount);
    const rank = selectivity(countEffect(effect, before, trial.after), comparisonRate(rivalPull(trials, family, magnitude, target), 0));
    return [{ trial, effect, rank }];
  });
}

function allToAllCandidates(trials: readonly Trial[], before: Int32Array, classCount: number): Candidate[] {
  return trials.flatMap((trial) => {
    const effect = learnAllToAll(classCount, before, trial.after);
    if (effect === undefined) return [];
    return [{ trial, effect, rank: selectivity(countEffect(effect, before, trial.after), COMPARISON_FLOOR) }];
  });
}

/** The most selective candidates, at most one for each family and target (or label map), best first. */
export function bestCandidates(trials: readonly Trial[], before: Int32Array, classCount: number, count: number): readonly Candidate[] {
  const seen = new Set<string>();
  const pick = (candidates: Candidate[], most: number): Candidate[] =>
    candidates
      .sort((a, b) => b.rank - a.rank || (a.trial.trigger.id < b.trial.trigger.id ? -1 : 1))
      .filter(({ trial, effect }) => {
        const key = `${trial.trigger.family} ${effect.kind} ${String(targetOf(effect) ?? '')}`;
        return seen.has(key) ? false : seen.add(key);
      })
      .slice(0, most);
  return [
    ...pick(allToOneCandidates(trials, before, classCount), count),
    ...pick(allToAllCandidates(trials, before, classCount), Math.ceil(count / 3)),
  ];
}
