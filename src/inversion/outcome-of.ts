import type { Classifier } from '../model/classifier.ts';
import type { Probes } from '../model/probes.ts';
import type { AdjustableTrigger } from '../triggers/adjustable-trigger.ts';
import { changedProbes } from './arms.ts';

/** What a trigger does to probes it was not made on. */
export interface Outcome {
  readonly successes: number;
  readonly trials: number;
  /** Mean of the target's logit minus the largest other. */
  readonly margin: number;
}

/** Sends `indexes` (none predicted as the target) through the trigger and counts what arrives at the target. */
export async function outcomeOf(
  classifier: Classifier,
  probes: Probes,
  trigger: AdjustableTrigger,
  parameters: Float32Array,
  target: number,
  indexes: readonly number[],
): Promise<Outcome> {
  const logits = await classifier.logits(changedProbes(trigger, parameters, probes, indexes), indexes.length);
  let successes = 0;
  let margins = 0;
  for (let row = 0; row < indexes.length; row += 1) {
    const lead = marginOf(logits.subarray(row * classifier.classCount, (row + 1) * classifier.classCount), target);
    if (lead > 0) successes += 1;
    margins += lead;
  }
  return { successes, trials: indexes.length, margin: margins / Math.max(1, indexes.length) };
}

/** The label's logit minus the largest other. */
export function marginOf(logits: Float32Array, label: number): number {
  let rival = -Infinity;
  for (let index = 0; index < logits.length; index += 1) if (index !== label) rival = Math.max(rival, logits[index] as number);
  return (logits[label] as number) - rival;
}

/** Share of successes; 0 for no trials. */
export function rateOf(outcome: Pick<Outcome, 'successes' | 'trials'> | undefined): number {
  return outcome === undefined || outcome.trials === 0 ? 0 : outcome.successes / outcome.trials;
}
