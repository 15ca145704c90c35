import { newArm, stepArms, type Arm, type Descent } from './arms.ts';
import { rateOf, type Outcome } from './outcome-of.ts';
import type { Search } from './search.ts';

/** A class counts as reached when this share of the held-out probes arrives. */
const REACHED = 0.8;

/** One more bound after the first class is reached shows whether the others follow close behind. */
const STAGES_AFTER_REACHED = 1;

/** Of the arms this share goes on, and at least so many: the comparison needs some rivals, the nearest ones. */
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

/** What differs from race to race. */
export interface Race {
  /** Probes a target's trigger learns from; a target without any does not start. */
  readonly poolOf: (target: number) => readonly number[];
  /** What the trigger achieves on the held-out probes. */
  readonly outcomeOf: (parameters: Float32Array, target: number) => Promise<Outcome>;
  /** Arms that lag are given up after these stages. */
  readonly stagesBeforeElimination: number;
  /** Whose trigger is ahead: negative when the first is. */
  readonly order: (one: Outcome | undefined, other: Outcome | undefined) => number;
}

interface Growing {
  readonly target: number;
  readonly arm: Arm;
  readonly stages: Stage[];
}

/**
 * Lets one trigger a target class grow, all at the same pace, until the first class is reached and the next ones had a
 * chance. The eliminating race is K-Arm's (Shen et al. 2021, arXiv:2102.05123); growing a bound replaces a penalty that
 * would have to be tuned.
 */
export async function raceTargets(search: Search & Pick<Descent, 'unmoved'>, race: Race): Promise<readonly Growth[]> {
  const { bounds } = search.trigger;
  const all = search.targets.flatMap((target): Growing[] => {
    const pool = race.poolOf(target);
    return pool.length === 0 ? [] : [{ target, arm: newArm(search, pool, () => ({ label: target, weight: 1 })), stages: [] }];
  });
  const result = (): readonly Growth[] => all.map(({ target, arm, stages }) => ({ target, stages, parameters: arm.parameters }));
  let alive: readonly Growing[] = all;
  let stagesLeft = bounds.length;
  for (const [stage, bound] of bounds.entries()) {
    if (alive.length === 0 || stagesLeft <= 0) break;
    for (let step = 0; step < search.steps; step += 1) {
      await stepArms(search, alive.map(({ arm }) => arm), bound);
      if (search.pause((stage + step / search.steps) / bounds.length) === 'stop') return result();
    }
    for (const { target, arm, stages } of alive) stages.push({ bound, ...(await race.outcomeOf(arm.parameters, target)) });
    const isReached = alive.some(({ stages }) => rateOf(stages.at(-1)) >= REACHED);
    stagesLeft = (isReached ? Math.min(stagesLeft, STAGES_AFTER_REACHED + 1) : stagesLeft) - 1;
    if (stage + 1 >= race.stagesBeforeElimination) alive = survivors(alive, race.order);
  }
  return result();
}

function survivors(alive: readonly Growing[], order: Race['order']): readonly Growing[] {
  const kept = Math.max(MINIMUM_SURVIVORS, Math.ceil(SURVIVING_SHARE * alive.length));
  return [...alive].sort((a, b) => order(a.stages.at(-1), b.stages.at(-1))).slice(0, kept);
}
