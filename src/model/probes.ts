/**
 * Inputs whose classes a trigger is to change, in pixel space with the classifier's own predictions: the samples where
 * there are any, otherwise drawn pictures, and inputs made from the model itself where those say nothing.
 */
export interface Probes {
  readonly origin: 'samples' | 'drawn' | 'synthesized';
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Length count · channels · height · width, values in [0, 1]. */
  readonly pixels: Float32Array;
  /** The class of the largest logit, probe by probe. */
  readonly predictions: Int32Array;
  /** Median over the probes of the largest logit minus the second: the scale on which margins mean something. */
  readonly clearance: number;
}

/** Made at the first call and the same at every later one: making inputs takes seconds, and not every detector asks. */
export interface ProbeSource {
  load(): Promise<Probes>;
}
