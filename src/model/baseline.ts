import type { Classifier } from './classifier.ts';
import type { InputGradient } from './input-gradient.ts';
import type { Model } from './model.ts';

/** The earlier version run as the artifact is; each member is there when the artifact's own is and this one can be. */
export interface BaselineBehavior {
  readonly classifier: Classifier;
  readonly gradient?: InputGradient;
}

/** The trusted earlier version of the model, from the policy, the command line or the repository's history; never from the artifact. */
export interface Baseline {
  /** Which version it is and where it came from, as the end of "Compared with …". */
  readonly description: string;
  readonly model: Model;
  /**
   * Loads it into the engine the artifact runs on, at the first call; a reason where that does not work. Only there when
   * the artifact itself was loaded.
   */
  behavior?(): Promise<BaselineBehavior | { readonly reason: string }>;
}
