import { logOdds } from '../statistics/log-odds.ts';
import type { Growth, Stage } from './race-targets.ts';

/** A class that does not get a majority leads nowhere, however little the others get. */
const MINIMUM_RATE = 0.5;

/** How far the class that is reached first is ahead of the second. */
export interface Lead {
  readonly target: number;
  /** Logarithm of the odds ratio of the first two success rates, where it is largest. */
  readonly logOdds: number;
  /** Mean margin of the first class minus that of the second, in units of the probes' own clearance, where it is largest. */
  readonly margin: number;
  /** What the first class achieved where `logOdds` is largest. */
  readonly stage: Stage;
  readonly rivalRate: number;
}

/** Undefined when no class got a majority (or another `minimumRate`) at any bound, or fewer than two were still compared there. */
export function leadOf(growths: readonly Growth[], clearance: number, minimumRate = MINIMUM_RATE): Lead | undefined {
  const stages = Math.max(0, ...growths.map((growth) => growth.stages.length));
  let best: Lead | undefined;
  let margin = 0;
  for (let index = 0; index < stages; index += 1) {
    const here = growths.flatMap(({ target, stages: all }) => {
      const stage = all[index];
      return stage === undefined ? [] : [{ target, stage, odds: logOdds(stage.successes, stage.trials) }];
    });
    const [first, second] = here.sort((a, b) => b.odds - a.odds || b.stage.margin - a.stage.margin);
    if (first === undefined || second === undefined || first.stage.successes < minimumRate * first.stage.trials) continue;
    const rivals = here.filter(({ target }) => target !== first.target).map(({ stage }) => stage.margin);
    margin = Math.max(margin, (first.stage.margin - Math.max(...rivals)) / Math.max(clearance, Number.MIN_VALUE));
    const odds = first.odds - second.odds;
    if (best !== undefined && odds <= best.logOdds) continue;
    best = { target: first.target, logOdds: odds, margin: 0, stage: first.stage, rivalRate: second.stage.successes / Math.max(1, second.stage.trials) };
  }
  return best === undefined ? undefined : { ...best, margin };
}
