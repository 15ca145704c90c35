import type { Classifier } from '../model/classifier.ts';
import type { InputGradient } from '../model/input-gradient.ts';
import { imageSize } from '../triggers/trigger.ts';
import { changedProbes } from './arms.ts';
import { marginOf, rateOf, type Outcome } from './outcome-of.ts';
import { raceTargets, type Growth } from './race-targets.ts';
import { heldOutFor, learningFor, MINIMUM_HELD_OUT, type Search } from './search.ts';

/** Another version of the classifier, which takes the same pixels and knows the same classes. */
export interface EarlierVersion {
  readonly classifier: Classifier;
  readonly gradient: InputGradient;
  /** Its classes of the probes. */
  readonly predictions: Int32Array;
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
  const { classifier, gradient, predictions } = earlier;
  return raceTargets({ ...search, unmoved: { gradient, predictions } }, {
    poolOf: (target) => (heldOutOf(search, predictions, target).length < MINIMUM_HELD_OUT ? [] : learningFor(search, target).filter((probe) => predictions[probe] !== target)),
    outcomeOf: (parameters, target) => {
      const indexes = heldOutOf(search, predictions, target);
      return outcomeApart(search, { classifier, predictions }, target, indexes, changedProbes(search.trigger, parameters, search.probes, indexes));
    },
    stagesBeforeElimination: STAGES_BEFORE_ELIMINATION,
    order: (one, other) => rateOf(other) - rateOf(one) || (other?.margin ?? -Infinity) - (one?.margin ?? -Infinity),
  });
}

/** Times the change is shuffled: with 64 probes each the rate is known to within a few hundredths. */
const SHUFFLES = 4;

/**
 * What the same change does once its pixels have changed places, at `share` of its size: a version that any noise of that
 * size leads to the target has become fragile there, and a trigger has a form. Successes are counted as in
 * {@link compareReach}, over all shuffles.
 */
export async function shuffledOutcome(search: Search, earlier: Omit<EarlierVersion, 'gradient'>, { target, parameters }: Pick<Growth, 'target' | 'parameters'>, share: number): Promise<Outcome> {
  const { probes, trigger, random } = search;
  const indexes = heldOutOf(search, earlier.predictions, target);
  const size = imageSize(probes);
  const gray = new Float32Array(size).fill(0.5);
  const changed = new Float32Array(size);
  trigger.at(parameters).apply(gray, 0, changed, 0);
  const plane = probes.height * probes.width;
  const outcomes: Outcome[] = [];
  for (let round = 0; round < SHUFFLES; round += 1) {
    const places = random.shuffle(Array.from({ length: plane }, (_, place) => place));
    const pixels = new Float32Array(indexes.length * size);
    indexes.forEach((probe, row) => {
      for (let at = 0; at < size; at += 1) {
        const from = at - (at % plane) + (places[at % plane] as number);
        const moved = (probes.pixels[probe * size + at] as number) + share * ((changed[from] as number) - 0.5);
        pixels[row * size + at] = Math.min(1, Math.max(0, moved));
      }
    });
    outcomes.push(await outcomeApart(search, earlier, target, indexes, pixels));
  }
  return {
    successes: outcomes.reduce((sum, one) => sum + one.successes, 0),
    trials: outcomes.reduce((sum, one) => sum + one.trials, 0),
    margin: outcomes.reduce((sum, one) => sum + one.margin, 0) / SHUFFLES,
  };
}

/** Held-out probes that neither version takes for the target anyway. */
function heldOutOf(search: Search, predictions: Int32Array, target: number): readonly number[] {
  return heldOutFor(search, target).filter((probe) => predictions[probe] !== target);
}

/** A held-out probe counts when the later version is led to the target by its change and the earlier one keeps its own answer. */
async function outcomeApart({ classifier }: Search, earlier: Omit<EarlierVersion, 'gradient'>, target: number, indexes: readonly number[], pixels: Float32Array): Promise<Outcome> {
  const [after, before] = [await classifier.logits(pixels, indexes.length), await earlier.classifier.logits(pixels, indexes.length)];
  let [successes, margins] = [0, 0];
  indexes.forEach((probe, row) => {
    const [from, to] = [row * classifier.classCount, (row + 1) * classifier.classCount];
    const lead = Math.min(marginOf(after.subarray(from, to), target), marginOf(before.subarray(from, to), earlier.predictions[probe] as number));
    if (lead > 0) successes += 1;
    margins += lead;
  });
  return { successes, trials: indexes.length, margin: margins / Math.max(1, indexes.length) };
}
