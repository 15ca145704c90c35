import type { RandomSource } from '../statistics/random.ts';

/** Kinds of changes whose parameters are found by descent. Bounds are comparable within a kind only. */
export type AdjustableKind = 'additive' | 'mask' | 'stripes' | 'color' | 'warp';

/** A trigger at fixed parameters: what is the same for all images is computed once. */
export interface BoundTrigger {
  /** Writes the changed copy of the image at `from` of `images` to `to` of `changed`; both are NCHW batches in [0, 1]. */
  apply(images: Float32Array, from: number, changed: Float32Array, to: number): void;
  /** Adds to `sum` the gradient of the parameters, given the gradient of the changed image at `at` of `gradient`. */
  pullBack(images: Float32Array, from: number, gradient: Float32Array, at: number, sum: Float32Array): void;
}

/**
 * A family of image changes with parameters, a size and a gradient: what trigger inversion searches. The change is the
 * same for every image.
 */
export interface AdjustableTrigger {
  readonly kind: AdjustableKind;
  /** Completes "the smallest change found is ...". */
  readonly description: string;
  /** What a bound counts. */
  readonly unit: string;
  readonly parameterCount: number;
  /** Sizes worth trying, rising. */
  readonly bounds: readonly number[];
  start(random: RandomSource): Float32Array;
  at(parameters: Float32Array): BoundTrigger;
  /** One step against `direction` (a smoothed gradient), then back to the set of parameters no larger than `bound`. In place. */
  move(parameters: Float32Array, direction: Float32Array, bound: number): void;
}

/** `count` numbers from `first` on, each `factor` times the one before. */
export function geometricBounds(first: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first * factor ** index);
}
