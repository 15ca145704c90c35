import type { Classifier } from '../model/classifier.ts';
import type { InputGradient } from '../model/input-gradient.ts';
import { argmax } from '../statistics/softmax.ts';
import { changedProbes } from './arms.ts';
import { marginOf, rateOf, type Outcome } from './outcome-of.ts';
import { raceTargets, type Growth } from './race-targets.ts';
import { heldOutFor, learningFor, MINIMUM_HELD_OUT, type Search } from './search.ts';

/** Another version of the classifier, which takes the same pixels and knows the same classes. */
export interface EarlierVersion {
  readonly classifier: Classifier;
  readonly gradient: InputGradient;
}

/** Two bounds have to show who lags: the first small changes are hardly felt by either version. */
const STAGES_BEFORE_ELIMINATION = 2;

/**
 * Looks, class by class, for one change of all inputs that leads the later version to the class and the earlier one not:
 * what the update has learned and the task has not. What every version of a task shares (a class near to all others, a
 * texture) leads both there and counts for nothing, which is why far smaller effects can be told than in one version
 * alone. Successes and margins in the stages are of both conditions together.
 */
export async function compareReach(search: Search, earlier: EarlierVersion): Promise<readonly Growth[]> {
  const { probes, classifier } = search;
  const own = await earlier.classifier.logits(probes.pixels, probes.count);
  const predictions = Int32Array.from({ length: probes.count }, (_, probe) => argmax(own.subarray(probe * classifier.classCount, (probe + 1) * classifier.classCount)) ?? 0);
  return raceTargets({ ...search, unmoved: { gradient: earlier.gradient, predictions } }, {
    poolOf: (target) => (heldOutOf(search, predictions, target).length < MINIMUM_HELD_OUT ? [] : learningFor(search, target).filter((probe) => predictions[probe] !== target)),
    outcomeOf: (parameters, target) => outcomeApart(search, earlier.classifier, predictions, parameters, target),
    stagesBeforeElimination: STAGES_BEFORE_ELIMINATION,
    order: (one, other) => rateOf(other) - rateOf(one) || (other?.margin ?? -Infinity) - (one?.margin ?? -Infinity),
  });
}

/** Held-out probes that neither version takes for the target anyway. */
function heldOutOf(search: Search, predictions: Int32Array, target: number): readonly number[] {
  return heldOutFor(search, target).filter((probe) => predictions[probe] !== target);
}

/** A held-out probe counts when the later version is led to the target and the earlier one keeps its own answer. */
async function outcomeApart(search: Search, earlier: Classifier, predictions: Int32Array, parameters: Float32Array, target: number): Promise<Outcome> {
  const { classifier, probes, trigger } = search;
  const indexes = heldOutOf(search, predictions, target);
  const pixels = changedProbes(trigger, parameters, probes, indexes);
  const [after, before] = [await classifier.logits(pixels, indexes.length), await earlier.logits(pixels, indexes.length)];
  let [successes, margins] = [0, 0];
  indexes.forEach((probe, row) => {
    const [from, to] = [row * classifier.classCount, (row + 1) * classifier.classCount];
    const lead = Math.min(marginOf(after.subarray(from, to), target), marginOf(before.subarray(from, to), predictions[probe] as number));
    if (lead > 0) successes += 1;
    margins += lead;
  });
  return { successes, trials: indexes.length, margin: margins / Math.max(1, indexes.length) };
}
