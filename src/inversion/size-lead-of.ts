import { rateOf, type Outcome } from './outcome-of.ts';
import type { Shrinkage } from './shrink-triggers.ts';

/** A trigger that did not work at the first bound counts as this many times as large: the next bound, no evidence of more. */
const BEYOND_FIRST = Math.SQRT2;

/** How much smaller the trigger of one class became than those of the others. */
export interface SizeLead {
  readonly target: number;
  /** Smallest size at which it worked. */
  readonly size: number;
  /** Logarithm of the second smallest size over the smallest. */
  readonly logRatio: number;
  /** Logarithm of the median size over the smallest. */
  readonly logMedianRatio: number;
  readonly outcome: Outcome;
}

/** Undefined when no trigger worked at any size, or fewer than two classes were tried. */
export function sizeLeadOf(shrinkages: readonly Shrinkage[]): SizeLead | undefined {
  if (shrinkages.length < 2 || shrinkages.every(({ size }) => size === undefined)) return undefined;
  const sorted = [...shrinkages]
    .map((one) => ({ ...one, effective: one.size ?? BEYOND_FIRST * one.firstBound }))
    .sort((a, b) => a.effective - b.effective || rateOf(b.outcome) - rateOf(a.outcome));
  const [first, second] = sorted;
  const middle = sorted[sorted.length >> 1];
  if (first === undefined || second === undefined || middle === undefined) return undefined;
  return {
    target: first.target,
    size: first.effective,
    logRatio: Math.log(second.effective / first.effective),
    logMedianRatio: Math.log(middle.effective / first.effective),
    outcome: first.outcome,
  };
}
