import type { Samples } from '../model/samples.ts';
import type { LabelSource } from './load-samples/class-indexes.ts';

/** Samples as they were read, before anything was tried on the model. */
export interface LoadedSamples extends Omit<Samples, 'cleanAccuracy'> {
  /** Present exactly when `labels` is. */
  readonly labelSource?: LabelSource;
  /** What was converted, chosen, skipped or assumed, in sentences. */
  readonly notes: readonly string[];
}

/** What the model takes and answers. */
export interface SamplesTarget {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classCount: number;
  readonly classNames?: readonly string[];
}
