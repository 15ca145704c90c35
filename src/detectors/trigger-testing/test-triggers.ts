import { median } from '../../statistics/median.ts';
import type { RandomSource } from '../../statistics/random.ts';
import type { Trigger } from '../../triggers/trigger.ts';
import { bestCandidates, comparisonRate, rivalPull, selectivity, trialOf, type Candidate, type Trial } from './candidate.ts';
import type { ImageSet } from './image-set.ts';
import { countEffect, learnAllToAll, targetOf, type Counts, type LabelEffect } from './label-effect.ts';
import { patchNeighbors } from './patch-neighbors.ts';
import type { TriedTrigger } from './tried-trigger.ts';

/** Fewer held-out images cannot tell a success rate of 0.9 from one of 0.5. */
export const MINIMUM_HELD_OUT = 16;
/** Random changes measured on the held-out images for each chosen trigger; the median of this many is steady enough. */
const RANDOM_COMPARISONS = 12;
/** Share of the library that has to be tried before time running out still leaves an answer. */
const MINIMUM_LIBRARY_SHARE = 0.5;

/** Shares of the work, for the progress. */
const LIBRARY_DONE = 0.7;
const REFINEMENT_DONE = 0.85;

export interface TriggerTest {
  readonly classCount: number;
  /** Chooses triggers. */
  readonly screening: ImageSet;
  /** Measures the chosen ones and never chooses. */
  readonly heldOut: ImageSet;
  readonly library: readonly TriedTrigger[];
  /** Triggers that are refined and measured. */
  readonly candidates: number;
  /** Rounds in which neighbors of promising patches are tried as well. */
  readonly refinements: number;
  readonly random: RandomSource;
  /** The class of every image once the trigger was applied: of one classifier, or what one of two does beyond the other. */
  predict(images: ImageSet, trigger: Trigger): Promise<Int32Array>;
  /** Called between triggers with the share done. */
  pause(share: number, what: string): 'go on' | 'stop';
}

/** A trigger, what it does to labels, and how it fared on held-out images. */
export interface Confirmed {
  readonly candidate: Candidate;
  readonly effect: LabelEffect;
  readonly counts: Counts;
  /** Classes of the held-out images with the trigger. */
  readonly after: Int32Array;
  /** Rate that the strongest comparable change reaches. */
  readonly comparison: number;
  /** Log odds ratio of the trigger's rate over `comparison`. */
  readonly metric: number;
}

/** The best trigger of those that were tried, or why none could be measured, in a sentence. */
export type TestedTriggers = { readonly tried: number } & ({ readonly best: Confirmed } | { readonly reason: string });

/** Tries the library on the screening images, refines the promising patches, and measures the best on held-out images. */
export async function testTriggers(test: TriggerTest): Promise<TestedTriggers> {
  const { classCount, screening, library } = test;
  const trials: Trial[] = [];
  const attempt = async (tried: TriedTrigger): Promise<void> => {
    trials.push(trialOf(tried, screening.predictions, await test.predict(screening, tried.trigger), classCount));
  };
  for (const [index, tried] of library.entries()) {
    if (test.pause((LIBRARY_DONE * index) / library.length, `trigger ${index + 1} of ${library.length}`) === 'stop') break;
    await attempt(tried);
  }
  if (trials.length < MINIMUM_LIBRARY_SHARE * library.length) {
    return { tried: trials.length, reason: `The time ran out after ${trials.length} of ${library.length} triggers.` };
  }
  const libraryTrials = [...trials];

  const refined = new Set<string>();
  for (let round = 0; round < test.refinements; round += 1) {
    const share = LIBRARY_DONE + ((REFINEMENT_DONE - LIBRARY_DONE) * round) / test.refinements;
    // The first round looks around all candidates, later ones around the best only.
    const most = round === 0 ? test.candidates : 1;
    for (const { trial } of bestCandidates(trials, screening.predictions, classCount, most)) {
      if (trial.patch === undefined || refined.has(trial.trigger.id)) continue;
      refined.add(trial.trigger.id);
      for (const neighbor of patchNeighbors(trial.patch, screening.shape, test.random)) {
        if (test.pause(share, 'neighbors of promising patches') === 'stop') break;
        await attempt(neighbor);
      }
    }
  }

  const confirmed: Confirmed[] = [];
  for (const candidate of bestCandidates(trials, screening.predictions, classCount, test.candidates)) {
    if (test.pause(REFINEMENT_DONE, 'held-out images') === 'stop' && confirmed.length > 0) break;
    const one = await confirm(test, candidate, libraryTrials);
    if (one !== undefined) confirmed.push(one);
  }
  const [best] = confirmed.sort((a, b) => b.metric - a.metric);
  return { tried: trials.length, ...(best === undefined ? { reason: 'No trigger could be measured on held-out images.' } : { best }) };
}

/** The held-out images that the trigger sent to its target; of one without, those that it sent to any other class. */
export function movedImages({ effect, after }: Confirmed, heldOut: ImageSet): number[] {
  const target = targetOf(effect);
  return [...after.keys()].filter((image) => heldOut.predictions[image] !== after[image] && (target === undefined || after[image] === target));
}

/** Measures one candidate on held-out images, against its rivals and against random changes of its family and size. */
async function confirm({ classCount, screening, heldOut, predict, pause }: TriggerTest, candidate: Candidate, compared: readonly Trial[]): Promise<Confirmed | undefined> {
  const { trigger: tested } = candidate.trial;
  const after = await predict(heldOut, tested);
  const target = targetOf(candidate.effect);
  const folds = target === undefined ? crossFittedMaps(classCount, screening.predictions, candidate.trial.after, heldOut.predictions, after) : [{ effect: candidate.effect, from: 0, to: heldOut.count }];
  const effect = folds?.[0]?.effect;
  if (folds === undefined || effect === undefined) return undefined;
  const count = (predictions: Int32Array): Counts =>
    added(folds.map((fold) => countEffect(fold.effect, heldOut.predictions.subarray(fold.from, fold.to), predictions.subarray(fold.from, fold.to))));
  const counts = count(after);
  if (counts.trials < MINIMUM_HELD_OUT / 2) return undefined;

  const randomRates: number[] = [];
  for (const { trigger: other } of randomRelatives(compared, candidate)) {
    // Cancelled runs end here; late ones finish the comparison they began.
    pause(REFINEMENT_DONE, 'held-out images');
    const { successes, trials: measured } = count(await predict(heldOut, other));
    randomRates.push(successes / measured);
  }
  const rival = target === undefined ? 0 : rivalPull(compared, tested.family, tested.magnitude, target);
  const comparison = comparisonRate(rival, median(randomRates) ?? 0);
  return { candidate, effect, counts, after, comparison, metric: selectivity(counts, comparison) };
}

/** Random members of the candidate's family whose size is nearest to its own; of families without any, its other members. */
function randomRelatives(trials: readonly Trial[], candidate: Candidate): readonly Trial[] {
  const { trigger } = candidate.trial;
  const family = trials.filter((trial) => trial.trigger.family === trigger.family && trial.trigger.id !== trigger.id);
  const random = family.filter((trial) => trial.isRandom);
  return [...(random.length > 0 ? random : family)]
    .sort((a, b) => Math.abs(a.trigger.magnitude - trigger.magnitude) - Math.abs(b.trigger.magnitude - trigger.magnitude))
    .slice(0, RANDOM_COMPARISONS);
}

/**
 * A label map has as many parameters as classes, so it is learned on one half of the held-out images (and the screening
 * images) and measured on the other, both ways round. Undefined when either half shows no map.
 */
function crossFittedMaps(
  classCount: number, screened: Int32Array, screenedAfter: Int32Array, before: Int32Array, after: Int32Array,
): readonly { readonly effect: LabelEffect; readonly from: number; readonly to: number }[] | undefined {
  const half = before.length >> 1;
  const learn = (from: number, to: number): LabelEffect | undefined =>
    learnAllToAll(classCount, joined(screened, before.subarray(from, to)), joined(screenedAfter, after.subarray(from, to)));
  const [first, second] = [learn(0, half), learn(half, before.length)];
  if (first === undefined || second === undefined) return undefined;
  return [{ effect: first, from: half, to: before.length }, { effect: second, from: 0, to: half }];
}

function added(parts: readonly Counts[]): Counts {
  return parts.reduce((sum, part) => ({ successes: sum.successes + part.successes, trials: sum.trials + part.trials }), { successes: 0, trials: 0 });
}

function joined(first: Int32Array, second: Int32Array): Int32Array {
  return Int32Array.from([...first, ...second]);
}
