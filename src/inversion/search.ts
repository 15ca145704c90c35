import type { Classifier } from '../model/classifier.ts';
import type { InputGradient } from '../model/input-gradient.ts';
import type { Probes } from '../model/probes.ts';
import type { RandomSource } from '../statistics/random.ts';
import type { AdjustableTrigger } from '../triggers/adjustable-trigger.ts';
import type { ProbeSplit } from './split-probes.ts';

/** What every search for a trigger is given. */
export interface Search {
  readonly classifier: Classifier;
  readonly gradient: InputGradient;
  readonly probes: Probes;
  readonly split: ProbeSplit;
  readonly trigger: AdjustableTrigger;
  /** Target classes that are tried. */
  readonly targets: readonly number[];
  readonly imagesPerArm: number;
  /** Steps at each bound. */
  readonly steps: number;
  readonly random: RandomSource;
  /** Called between runs of the graph with the share done; `stop` ends the search with what there is. */
  pause(share: number): 'go on' | 'stop';
}

/** Fewer held-out probes of other classes cannot tell a success rate of 0.9 from one of 0.6. */
export const MINIMUM_HELD_OUT = 16;

/** Held-out probes a success rate is measured on. */
const MEASURED = 64;

/** Held-out probes that are not predicted as the class anyway. */
export function heldOutFor(search: Pick<Search, 'probes' | 'split'>, target: number): readonly number[] {
  return search.split.heldOut.filter((probe) => search.probes.predictions[probe] !== target).slice(0, MEASURED);
}

/** Probes to learn from that are not predicted as the class anyway. */
export function learningFor(search: Pick<Search, 'probes' | 'split'>, target: number): readonly number[] {
  return search.split.learning.filter((probe) => search.probes.predictions[probe] !== target);
}
