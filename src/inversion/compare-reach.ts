import type { Classifier } from '../model/classifier.ts';
import type { InputGradient } from '../model/input-gradient.ts';
import { argmax } from '../statistics/softmax.ts';
import { changedProbes, newArm, stepArms, type Arm } from './arms.ts';
import type { Growth, Stage } from './grow-triggers.ts';
import { marginOf, rateOf } from './outcome-of.ts';
import { heldOutFor, learningFor, MINIMUM_HELD_OUT, type Search } from './search.ts';

/** Another version of the classifier, which takes the same pixels and knows the same classes. */
export interface EarlierVersion {
  readonly classifier: Classifier;
  readonly gradient: InputGradient;
}

/** A class counts as reached when this share of the held-out probes arrives; one more bound shows whether others follow. */
const REACHED = 0.8;
const STAGES_AFTER_REACHED = 1;

/** Classes that lag are given up; the comparison needs some rivals, the nearest ones (K-Arm, arXiv:2102.05123). */
const STAGES_BEFORE_ELIMINATION = 2;
const SURVIVING_SHARE = 0.6;
const MINIMUM_SURVIVORS = 6;

interface Growing {
  readonly target: number;
  readonly arm: Arm;
  readonly stages: Stage[];
}

/**
 * Looks, class by class, for one change of all inputs that leads the later version to the class and the earlier one not:
 * what the update has learned and the task has not. What every version of a task shares (a class near to all others, a
 * texture) leads both there and counts for nothing, which is why far smaller effects can be told than in one version
 * alone. Successes and margins in the stages are of both conditions together.
 */
export async function compareReach(search: Search, earlier: EarlierVersion): Promise<readonly Growth[]> {
  const { trigger } = search;
  const { probes, classifier } = search;
  const own = await earlier.classifier.logits(probes.pixels, probes.count);
  const predictions = Int32Array.from({ length: probes.count }, (_, probe) => argmax(own.subarray(probe * classifier.classCount, (probe + 1) * classifier.classCount)) ?? 0);
  const descent = { ...search, unmoved: { gradient: earlier.gradient, predictions } };
  const all: Growing[] = [];
  for (const target of search.targets) {
    const pool = learningFor(search, target).filter((probe) => predictions[probe] !== target);
    if (pool.length === 0 || heldOutOf(search, predictions, target).length < MINIMUM_HELD_OUT) continue;
    all.push({ target, arm: newArm(search, pool, () => ({ label: target, weight: 1 })), stages: [] });
  }
  const result = (): readonly Growth[] => all.map(({ target, arm, stages }) => ({ target, stages, parameters: arm.parameters }));
  if (all.length === 0) return [];
  let alive: readonly Growing[] = all;
  let stagesLeft = trigger.bounds.length;
  for (const [stage, bound] of trigger.bounds.entries()) {
    if (stagesLeft <= 0) break;
    for (let step = 0; step < search.steps; step += 1) {
      await stepArms(descent, alive.map(({ arm }) => arm), bound);
      if (search.pause((stage + step / search.steps) / trigger.bounds.length) === 'stop') return result();
    }
    for (const { target, arm, stages } of alive) stages.push({ bound, ...(await outcomeApart(search, earlier.classifier, predictions, arm.parameters, target)) });
    const isReached = alive.some(({ stages }) => rateOf(stages.at(-1)) >= REACHED);
    stagesLeft = (isReached ? Math.min(stagesLeft, STAGES_AFTER_REACHED + 1) : stagesLeft) - 1;
    if (stage + 1 >= STAGES_BEFORE_ELIMINATION) alive = survivors(alive);
  }
  return result();
}

function survivors(alive: readonly Growing[]): readonly Growing[] {
  const kept = Math.max(MINIMUM_SURVIVORS, Math.ceil(SURVIVING_SHARE * alive.length));
  const order = ({ stages }: Growing): readonly [number, number] => [rateOf(stages.at(-1)), stages.at(-1)?.margin ?? -Infinity];
  return [...alive].sort((a, b) => order(b)[0] - order(a)[0] || order(b)[1] - order(a)[1]).slice(0, kept);
}

/** Held-out probes that neither version takes for the target anyway. */
function heldOutOf(search: Search, predictions: Int32Array, target: number): readonly number[] {
  return heldOutFor(search, target).filter((probe) => predictions[probe] !== target);
}

/** A held-out probe counts when the later version is led to the target and the earlier one keeps its own answer. */
async function outcomeApart(search: Search, earlier: Classifier, predictions: Int32Array, parameters: Float32Array, target: number): Promise<Omit<Stage, 'bound'>> {
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
