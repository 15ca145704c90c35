import { Z_95 } from './normal.ts';
import type { Interval } from './wilson-interval.ts';

export interface RocAuc {
  /** Chance that a random positive lies above a random negative; ties count half. */
  readonly auc: number;
  readonly standardError: number;
  /** 95 % interval, clipped to [0, 1]. */
  readonly interval: Interval;
  readonly positives: number;
  readonly negatives: number;
}

/**
 * Area under the ROC curve with the standard error of Hanley and McNeil (Radiology 1982, negative exponential form).
 * Undefined when either group is empty or a value is NaN. Infinite values are legal: they are ranks like any other.
 */
export function rocAuc(positives: ArrayLike<number>, negatives: ArrayLike<number>): RocAuc | undefined {
  const above = positives.length;
  const below = negatives.length;
  if (above === 0 || below === 0) return undefined;
  let wins = 0;
  for (let p = 0; p < above; p += 1) {
    for (let n = 0; n < below; n += 1) {
      const positive = positives[p] as number;
      const negative = negatives[n] as number;
      if (Number.isNaN(positive) || Number.isNaN(negative)) return undefined;
      wins += positive > negative ? 1 : positive === negative ? 0.5 : 0;
    }
  }
  const auc = wins / (above * below);
  const q1 = auc / (2 - auc);
  const q2 = (2 * auc * auc) / (1 + auc);
  const spread = auc * (1 - auc) + (above - 1) * (q1 - auc * auc) + (below - 1) * (q2 - auc * auc);
  const standardError = Math.sqrt(Math.max(0, spread) / (above * below));
  const interval = { low: Math.max(0, auc - Z_95 * standardError), high: Math.min(1, auc + Z_95 * standardError) };
  return { auc, standardError, interval, positives: above, negatives: below };
}
