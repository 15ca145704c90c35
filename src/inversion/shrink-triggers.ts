import { stepArms, newArm, type Arm } from './arms.ts';
import { outcomeOf, rateOf, type Outcome } from './outcome-of.ts';
import { heldOutFor, learningFor, MINIMUM_HELD_OUT, type Search } from './search.ts';

/** A trigger works at a size when this share of the held-out probes arrives at its target. */
const WORKS = 0.75;

/** Below this share a target is given up: a trigger does not come back when it is made smaller still. */
const GIVEN_UP = 0.6;

/** Share of all pixels that the first mask may cover. Large enough for everything that is called a trigger. */
const FIRST_SHARE = 0.3;

/** The first bound is where all triggers start to exist, and takes this many times the steps of the others. */
const FIRST_STEPS_FACTOR = 2.5;

/** How small a target's trigger became before it stopped working. */
export interface Shrinkage {
  readonly target: number;
  /** Smallest bound at which it worked; undefined when it worked at none. */
  readonly size: number | undefined;
  /** At that bound, or at the first one. */
  readonly outcome: Outcome;
  readonly parameters: Float32Array;
}

interface Shrinking {
  readonly target: number;
  readonly arm: Arm;
  readonly heldOut: readonly number[];
  best: Omit<Shrinkage, 'target'> | undefined;
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
    all.push({ target, arm: newArm(search, pool, () => ({ label: target, weight: 1 })), heldOut, best: undefined });
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
    const next: Shrinking[] = [];
    for (const one of alive) {
      const outcome = await outcomeOf(classifier, probes, trigger, one.arm.parameters, one.target, one.heldOut);
      const rate = rateOf(outcome);
      const size = rate >= WORKS ? bound : one.best?.size;
      if (rate >= WORKS || one.best === undefined) one.best = { size, outcome, parameters: Float32Array.from(one.arm.parameters) };
      if (rate >= GIVEN_UP || stage === 0) next.push(one);
    }
    alive = next;
    if (alive.length === 0) break;
  }
  return all.flatMap(({ target, best }) => (best === undefined ? [] : [{ target, ...best }]));
}
