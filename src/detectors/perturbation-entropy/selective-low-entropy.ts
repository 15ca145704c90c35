import { median } from '../../statistics/median.ts';
import { rocAuc } from '../../statistics/roc-auc.ts';
import type { BlendedInput } from './blended-predictions.ts';

export interface SelectiveLowEntropy {
  /** Product of the two below, in [0, 1]. */
  readonly value: number;
  /** 2 · AUC − 1 of "an input of the group has a lower entropy than one of the reference", not below 0. */
  readonly advantage: number;
  /** How far the group's blends stay with the class beyond what the reference's blends do, as a share of what is possible, not below 0. */
  readonly persistence: number;
  readonly groupMedian: number;
  readonly referenceMedian: number;
}

function share(inputs: readonly BlendedInput[], label: number): number {
  let votes = 0;
  let all = 0;
  for (const input of inputs) {
    votes += input.votes[label] ?? 0;
    all += input.votes.reduce((sum, count) => sum + count, 0);
  }
  return all === 0 ? 0 : votes / all;
}

/**
 * How much surer the classifier stays about a group of inputs than about the reference, and of one class. Either alone
 * is common in clean models: easy inputs have low entropies, and fragile models have a class that blends end in.
 * Undefined when either side is empty.
 */
export function selectiveLowEntropy(group: readonly BlendedInput[], reference: readonly BlendedInput[], label: number): SelectiveLowEntropy | undefined {
  const ranking = rocAuc(reference.map((one) => one.entropy), group.map((one) => one.entropy));
  const groupMedian = median(group.map((one) => one.entropy));
  const referenceMedian = median(reference.map((one) => one.entropy));
  if (ranking === undefined || groupMedian === undefined || referenceMedian === undefined) return undefined;
  const advantage = Math.max(0, 2 * ranking.auc - 1);
  const usual = share(reference, label);
  const persistence = usual >= 1 ? 0 : Math.max(0, (share(group, label) - usual) / (1 - usual));
  return { value: advantage * persistence, advantage, persistence, groupMedian, referenceMedian };
}
