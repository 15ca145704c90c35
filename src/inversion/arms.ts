import type { InputGradient } from '../model/input-gradient.ts';
import type { Probes } from '../model/probes.ts';
import type { RandomSource } from '../statistics/random.ts';
import type { AdjustableTrigger } from '../triggers/adjustable-trigger.ts';
import { norm } from '../triggers/adjustable/euclidean.ts';
import { imageSize } from '../triggers/trigger.ts';

/** Share of the last direction that is kept. A step sees few images, and the average of some steps sees many. */
const MOMENTUM = 0.7;

/** What a probe is to be changed into: `label` is sought with weight 1 and left with weight −1. */
export interface Aim {
  readonly label: number;
  readonly weight: 1 | -1;
}

/** One trigger in search of one effect. All arms take their steps together, in shared runs of the graph (K-Arm). */
export interface Arm {
  readonly parameters: Float32Array;
  readonly momentum: Float32Array;
  /** Indexes of the probes that steps draw from; not empty. */
  readonly pool: readonly number[];
  aim(probe: number): Aim;
}

export interface Descent {
  readonly trigger: AdjustableTrigger;
  readonly gradient: InputGradient;
  readonly probes: Probes;
  /** Probes an arm sees in one step. */
  readonly imagesPerArm: number;
  readonly random: RandomSource;
  /** Another version of the model that is to keep its answers whatever the triggers do. */
  readonly unmoved?: Unmoved;
}

export interface Unmoved {
  readonly gradient: InputGradient;
  /** Its classes of the probes as they are. */
  readonly predictions: Int32Array;
}

export function newArm(descent: Pick<Descent, 'trigger' | 'random'>, pool: readonly number[], aim: Arm['aim']): Arm {
  const { trigger, random } = descent;
  return { parameters: trigger.start(random), momentum: new Float32Array(trigger.parameterCount), pool, aim };
}

/** What one step saw: `imagesPerArm` probes an arm, arm by arm. */
export interface Seen {
  readonly drawn: Int32Array;
  /** [drawn, classes], before the step. */
  readonly logits: Float32Array;
}

/** One step of every arm within `bound`: random probes, one forward and backward pass over all of them, one move each. */
export async function stepArms(descent: Descent, arms: readonly Arm[], bound: number): Promise<Seen> {
  const { trigger, gradient, probes, imagesPerArm, random, unmoved } = descent;
  const size = imageSize(probes);
  const count = arms.length * imagesPerArm;
  const drawn = new Int32Array(count);
  const pixels = new Float32Array(count * size);
  const labels = new Int32Array(count);
  const weights = new Float32Array(count);
  const bounded = arms.map((arm) => trigger.at(arm.parameters));
  arms.forEach((arm, position) => {
    for (let row = position * imagesPerArm; row < (position + 1) * imagesPerArm; row += 1) {
      const probe = arm.pool[random.integer(arm.pool.length)] as number;
      const { label, weight } = arm.aim(probe);
      drawn[row] = probe;
      labels[row] = label;
      weights[row] = weight;
      bounded[position]?.apply(probes.pixels, probe * size, pixels, row * size);
    }
  });
  const answer = await gradient.run({ pixels, count, labels, weights, loss: 'cross-entropy' });
  if (unmoved !== undefined) {
    // Sure of its answer it has next to no gradient, so it resists only where it is being led as well.
    const kept = await unmoved.gradient.run({ pixels, count, labels: drawn.map((probe) => unmoved.predictions[probe] as number), weights: weights.map(Math.abs), loss: 'cross-entropy' });
    for (let index = 0; index < answer.gradient.length; index += 1) answer.gradient[index] = (answer.gradient[index] as number) + (kept.gradient[index] as number);
  }
  arms.forEach((arm, position) => {
    const sum = new Float32Array(trigger.parameterCount);
    for (let row = position * imagesPerArm; row < (position + 1) * imagesPerArm; row += 1) {
      bounded[position]?.pullBack(probes.pixels, (drawn[row] as number) * size, answer.gradient, row * size, sum);
    }
    const length = norm(sum);
    if (length === 0) return;
    for (let index = 0; index < sum.length; index += 1) {
      arm.momentum[index] = MOMENTUM * (arm.momentum[index] as number) + (sum[index] as number) / length;
    }
    trigger.move(arm.parameters, arm.momentum, bound);
  });
  return { drawn, logits: answer.logits };
}

/** The changed copies of some probes, for measuring and for pictures. */
export function changedProbes(trigger: AdjustableTrigger, parameters: Float32Array, probes: Probes, indexes: readonly number[]): Float32Array {
  const size = imageSize(probes);
  const pixels = new Float32Array(indexes.length * size);
  const bound = trigger.at(parameters);
  indexes.forEach((probe, row) => bound.apply(probes.pixels, probe * size, pixels, row * size));
  return pixels;
}
