import { newArm, stepArms, type Arm } from './arms.ts';
import { outcomeOf, type Outcome } from './outcome-of.ts';
import type { Search } from './search.ts';

/** Shares of the pixels a mask may cover, from a patch of 11 by 11 pixels in an image of 32 by 32 to one of 3 by 3. */
const SHARES = [0.12, 0.08, 0.055, 0.036, 0.024, 0.016, 0.0105, 0.007] as const;

/** The first size is where all triggers start to exist, and takes this many times the steps of the others. */
const FIRST_STEPS_FACTOR = 2.4;

/** Sizes after which hopeless pairs are given up: a planted trigger is not ahead while masks are large. */
const STAGES_BEFORE_ELIMINATION = 3;

/** Pairs of a source, and of a target, that stay: the first two are compared, and ranks change while masks shrink. */
const SURVIVORS = 5;

/** One probe of a source in this many is held out, since a class has few. */
const HELD_OUT_EVERY = 3;

/** Fewer probes of a class leave too few to learn from and to measure on. */
export const MINIMUM_OF_SOURCE = 9;

/** Arms that share one run of the graph, so that their images fit in memory whatever the number of pairs. */
const ARMS_PER_RUN = 64;

/** A trigger that sends one class to another, at each size that was tried; given up pairs have fewer. */
export interface PairInversion {
  readonly source: number;
  readonly target: number;
  /** From the largest size to the smallest. */
  readonly outcomes: readonly Outcome[];
  /** Of the smallest size tried, in pixels of the mask. */
  readonly bound: number;
  readonly parameters: Float32Array;
  readonly heldOut: readonly number[];
}

interface Inverting {
  readonly source: number;
  readonly target: number;
  readonly arm: Arm;
  readonly heldOut: readonly number[];
  readonly outcomes: Outcome[];
}

export interface PairSearch extends Omit<Search, 'targets'> {
  /** Classes whose images are changed: those with {@link MINIMUM_OF_SOURCE} probes. */
  readonly sources: readonly number[];
}

/** Classes of which there are enough probes to be the source of a pair. */
export function sourcesOf({ probes, classifier }: Pick<Search, 'probes' | 'classifier'>): readonly number[] {
  const counts = new Int32Array(classifier.classCount);
  for (const label of probes.predictions) if (label >= 0) counts[label] = (counts[label] as number) + 1;
  return [...counts.keys()].filter((label) => (counts[label] as number) >= MINIMUM_OF_SOURCE);
}

/**
 * For every pair of a source class and a target class one mask and pattern, learned on probes of the source alone and made
 * smaller step by step. Undefined when it was stopped before the smallest size: pairs could not be compared.
 */
export async function invertPairs(search: PairSearch): Promise<readonly PairInversion[] | undefined> {
  const { classifier, probes, trigger } = search;
  const plane = probes.height * probes.width;
  const all = search.sources.flatMap((source) => {
    const own = [...probes.predictions.keys()].filter((probe) => probes.predictions[probe] === source);
    const learning = own.filter((_, position) => position % HELD_OUT_EVERY !== 0);
    const heldOut = own.filter((_, position) => position % HELD_OUT_EVERY === 0);
    const targets = Array.from({ length: classifier.classCount }, (_, target) => target).filter((target) => target !== source);
    return targets.map((target): Inverting => ({ source, target, arm: newArm(search, learning, () => ({ label: target, weight: 1 })), heldOut, outcomes: [] }));
  });
  let alive: readonly Inverting[] = all;
  for (const [stage, share] of SHARES.entries()) {
    const steps = stage === 0 ? Math.ceil(FIRST_STEPS_FACTOR * search.steps) : search.steps;
    for (let step = 0; step < steps; step += 1) {
      for (let at = 0; at < alive.length; at += ARMS_PER_RUN) {
        await stepArms(search, alive.slice(at, at + ARMS_PER_RUN).map(({ arm }) => arm), share * plane);
        if (search.pause((stage + (step + at / alive.length) / steps) / SHARES.length) === 'stop') return undefined;
      }
    }
    for (const { arm, target, heldOut, outcomes } of alive) outcomes.push(await outcomeOf(classifier, probes, trigger, arm.parameters, target, heldOut));
    if (stage + 1 === STAGES_BEFORE_ELIMINATION) alive = survivorsOf(alive);
  }
  return all.map(({ source, target, outcomes, arm, heldOut }) => ({
    source, target, outcomes, heldOut, bound: plane * (SHARES[outcomes.length - 1] as number), parameters: arm.parameters,
  }));
}

/** Pairs that are among the first of their source or among the first of their target. */
function survivorsOf(pairs: readonly Inverting[]): readonly Inverting[] {
  const kept = new Set<Inverting>();
  const best = [...pairs].sort((a, b) => marginOf(b) - marginOf(a));
  for (const side of ['source', 'target'] as const) {
    for (const label of new Set(pairs.map((pair) => pair[side]))) {
      for (const pair of best.filter((one) => one[side] === label).slice(0, SURVIVORS)) kept.add(pair);
    }
  }
  return pairs.filter((pair) => kept.has(pair));
}

function marginOf({ outcomes }: Inverting): number {
  return outcomes.at(-1)?.margin ?? -Infinity;
}
