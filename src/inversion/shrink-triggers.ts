import { stepArms, newArm, type Arm } from './arms.ts';
import { outcomeOf, rateOf, type Outcome } from './outcome-of.ts';
import { heldOutFor, learningFor, MINIMUM_HELD_OUT, type Search } from './search.ts';

/** A trigger works at a size when this share of the held-out probes arrives at its target. */
const WORKS = 0.75;

/** Below this share a target is given up: a trigger does not come back when it is made smaller still. */
const GIVEN_UP = 0.6;

/** Share of all pixels that the first mask may cover: a patch of 12 by 12 in an image of 32 by 32. */
const FIRST_SHARE = 0.15;

/** The first bound is where all triggers start to exist, and takes this many times the steps of the others. */
const FIRST_STEPS_FACTOR = 2.5;

/** How small a target's trigger became before it stopped working. */
export interface Shrinkage {
  readonly target: number;
  /** Smallest size at which it worked, between bounds by interpolation; undefined when it worked at none. */
  readonly size: number | undefined;
  /** The first bound: where there is no size, it would be larger than this. */
  readonly firstBound: number;
  /** At the smallest bound that worked, or at the first one. */
  readonly outcome: Outcome;
  readonly parameters: Float32Array;
}

/** Of those that work, the ones whose targets win by least are given up, since the race is about the first two. */
const SURVIVING_SHARE = 0.6;
const MINIMUM_SURVIVORS = 6;

interface Shrinking {
  readonly target: number;
  readonly arm: Arm;
  readonly heldOut: readonly number[];
  best: Omit<Shrinkage, 'target' | 'firstBound'> | undefined;
  /** Set once the trigger failed for the first time: its size lies between that bound and the one before. */
  isSettled: boolean;
}

/**
 * Starts with one large trigger a target class and takes its size away step by step: what is left last is what the model
 * really answers to. Finds patches that a search from nothing does not, since a patch has no effect, and so no gradient,
 * until most of it is there. The race ends when no target is left, or only the winner at the smallest size.
 */
export async function shrinkTriggers(search: Search): Promise<readonly Shrinkage[]> {
  const { trigger, classifier, probes } = search;
  const plane = probes.height * probes.width;
  const all: Shrinking[] = [];
  for (const target of search.targets) {
    const pool = learningFor(search, target);
    const heldOut = heldOutFor(search, target);
    if (pool.length === 0 || heldOut.length < MINIMUM_HELD_OUT) continue;
    all.push({ target, arm: newArm(search, pool, () => ({ label: target, weight: 1 })), heldOut, best: undefined, isSettled: false });
  }
  const bounds = trigger.bounds.filter((bound) => bound <= FIRST_SHARE * plane).reverse();
  let alive: readonly Shrinking[] = all;
  let isStopped = false;
  for (const [stage, bound] of bounds.entries()) {
    const steps = stage === 0 ? Math.ceil(FIRST_STEPS_FACTOR * search.steps) : search.steps;
    for (let step = 0; step < steps && !isStopped; step += 1) {
      await stepArms(search, alive.map(({ arm }) => arm), bound);
      isStopped = search.pause((stage + step / steps) / bounds.length) === 'stop';
    }
    if (isStopped) break;
    const next: { readonly one: Shrinking; readonly margin: number }[] = [];
    for (const one of alive) {
      const outcome = await outcomeOf(classifier, probes, trigger, one.arm.parameters, one.target, one.heldOut);
      const rate = rateOf(outcome);
      if ((rate >= WORKS && !one.isSettled) || one.best === undefined) {
        one.best = { size: rate >= WORKS ? bound : undefined, outcome, parameters: Float32Array.from(one.arm.parameters) };
      } else if (one.best.size !== undefined && !one.isSettled) {
        one.best = { ...one.best, size: between(one.best.size, rateOf(one.best.outcome), bound, rate) };
        one.isSettled = true;
      }
      if (rate >= GIVEN_UP || stage === 0) next.push({ one, margin: outcome.margin });
    }
    const kept = Math.max(MINIMUM_SURVIVORS, Math.ceil(SURVIVING_SHARE * alive.length));
    alive = next.sort((a, b) => b.margin - a.margin).slice(0, kept).map(({ one }) => one);
    if (alive.length === 0) break;
  }
  return all.flatMap(({ target, best }) => (best === undefined ? [] : [{ target, firstBound: bounds[0] ?? 0, ...best }]));
}

/** Where between a bound that worked and a smaller one that did not the rate would be just enough, on a logarithmic scale. */
function between(larger: number, workingRate: number, smaller: number, failingRate: number): number {
  const share = (workingRate - WORKS) / Math.max(workingRate - failingRate, Number.MIN_VALUE);
  return larger * (smaller / larger) ** share;
}
