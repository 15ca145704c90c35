import type { PatchParameters } from '../../triggers/patch.ts';
import type { Trigger } from '../../triggers/trigger.ts';

/** A patch whose place is known in pixels. */
export interface PlacedPatch {
  readonly parameters: PatchParameters;
  readonly row: number;
  readonly column: number;
}

/** One change that was or will be tried. */
export interface TriedTrigger {
  readonly trigger: Trigger;
  /** Present for patches: what its neighbours are made from. */
  readonly patch?: PlacedPatch;
  /** Drawn at random within its family: together these say what random changes of this size do. */
  readonly isRandom: boolean;
}
