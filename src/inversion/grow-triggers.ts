import { outcomeOf } from './outcome-of.ts';
import { raceTargets, type Growth } from './race-targets.ts';
import { heldOutFor, learningFor, MINIMUM_HELD_OUT, type Search } from './search.ts';

/** The first bound shows already who lags. */
const STAGES_BEFORE_ELIMINATION = 1;

/** What the smallest targeted universal change is, and how far ahead of the other classes. */
export async function growTriggers(search: Search): Promise<readonly Growth[]> {
  const { trigger, classifier, probes } = search;
  return raceTargets(search, {
    poolOf: (target) => (heldOutFor(search, target).length < MINIMUM_HELD_OUT ? [] : learningFor(search, target)),
    outcomeOf: (parameters, target) => outcomeOf(classifier, probes, trigger, parameters, target, heldOutFor(search, target)),
    stagesBeforeElimination: STAGES_BEFORE_ELIMINATION,
    order: (one, other) => (other?.margin ?? -Infinity) - (one?.margin ?? -Infinity),
  });
}
