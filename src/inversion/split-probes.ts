import type { Probes } from '../model/probes.ts';
import type { RandomSource } from '../statistics/random.ts';

/** Probes that steps learn from and probes that success is measured on; no probe is in both. */
export interface ProbeSplit {
  readonly learning: readonly number[];
  readonly heldOut: readonly number[];
}

/** Share that is held out, and how many are enough: with 96 a success rate is known to within 0.1. */
const HELD_OUT_SHARE = 0.4;
const MAX_HELD_OUT = 128;

export function splitProbes(probes: Probes, random: RandomSource): ProbeSplit {
  const order = random.shuffle(Array.from({ length: probes.count }, (_, index) => index));
  const heldOut = Math.min(MAX_HELD_OUT, Math.floor(HELD_OUT_SHARE * probes.count));
  return { heldOut: order.slice(0, heldOut), learning: order.slice(heldOut) };
}
