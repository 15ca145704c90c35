import { rateOf, type Outcome } from './outcome-of.ts';
import type { Shrinkage } from './shrink-triggers.ts';

/** A target whose trigger worked at no size counts as this many times the largest that did: no evidence of more. */
const BEYOND_LARGEST = Math.SQRT2;

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
  const worked = shrinkages.flatMap(({ size }) => (size === undefined ? [] : [size]));
  if (worked.length === 0 || shrinkages.length < 2) return undefined;
  const ceiling = BEYOND_LARGEST * Math.max(...worked);
  const sorted = [...shrinkages]
    .map((one) => ({ ...one, effective: one.size ?? ceiling }))
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
