import { stepArms, newArm, type Arm } from './arms.ts';
import { outcomeOf, rateOf, type Outcome } from './outcome-of.ts';
import { heldOutFor, learningFor, MINIMUM_HELD_OUT, type Search } from './search.ts';

/** A class counts as reached when this share of the held-out probes arrives. */
const REACHED = 0.8;

/** One more bound after the first class is reached shows whether the others follow close behind. */
const STAGES_AFTER_REACHED = 1;

/** Arms that lag are given up after these stages; the comparison needs some rivals, the nearest ones. */
const STAGES_BEFORE_ELIMINATION = 2;
const SURVIVING_SHARE = 0.6;
const MINIMUM_SURVIVORS = 6;

export interface Stage extends Outcome {
  readonly bound: number;
}

/** What the trigger of one target achieved as it was allowed to grow. */
export interface Growth {
  readonly target: number;
  /** Shorter for targets that were given up. */
  readonly stages: readonly Stage[];
  readonly parameters: Float32Array;
}

interface Growing {
  readonly target: number;
  readonly arm: Arm;
  readonly stages: Stage[];
}

/**
 * Lets one trigger a target class grow, all at the same pace, until the first class is reached: what the smallest
 * targeted universal change is, and how far ahead of the other classes. The eliminating race is K-Arm's (Shen et al. 2021,
 * arXiv:2102.05123); growing a bound replaces a penalty that would have to be tuned.
 */
export async function growTriggers(search: Search): Promise<readonly Growth[]> {
  const { trigger, classifier, probes } = search;
  const all: Growing[] = [];
  for (const target of search.targets) {
    const pool = learningFor(search, target);
    if (pool.length === 0 || heldOutFor(search, target).length < MINIMUM_HELD_OUT) continue;
    all.push({ target, arm: newArm(search, pool, () => ({ label: target, weight: 1 })), stages: [] });
  }
  const result = (): readonly Growth[] => all.map(({ target, arm, stages }) => ({ target, stages, parameters: arm.parameters }));
  let alive: readonly Growing[] = all;
  let stagesLeft = trigger.bounds.length;
  for (const [stage, bound] of trigger.bounds.entries()) {
    if (alive.length === 0 || stagesLeft <= 0) break;
    for (let step = 0; step < search.steps; step += 1) {
      await stepArms(search, alive.map(({ arm }) => arm), bound);
      if (search.pause((stage + step / search.steps) / trigger.bounds.length) === 'stop') return result();
    }
    for (const { target, arm, stages } of alive) {
      stages.push({ bound, ...(await outcomeOf(classifier, probes, trigger, arm.parameters, target, heldOutFor(search, target))) });
    }
    const isReached = alive.some(({ stages }) => rateOf(stages.at(-1)) >= REACHED);
    stagesLeft = (isReached ? Math.min(stagesLeft, STAGES_AFTER_REACHED + 1) : stagesLeft) - 1;
    if (stage + 1 >= STAGES_BEFORE_ELIMINATION) alive = survivors(alive);
  }
  return result();
}

function survivors(alive: readonly Growing[]): readonly Growing[] {
  const kept = Math.max(MINIMUM_SURVIVORS, Math.ceil(SURVIVING_SHARE * alive.length));
  const margin = ({ stages }: Growing): number => stages.at(-1)?.margin ?? -Infinity;
  return [...alive].sort((a, b) => margin(b) - margin(a)).slice(0, kept);
}
