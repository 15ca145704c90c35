/** Clean inputs in the classifier's pixel space: float32, NCHW, [0, 1]. Small enough to hold in memory by a stated limit. */
export interface Samples {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Length count · channels · height · width. */
  readonly pixels: Float32Array;
  /** Class indexes of the classifier; absent when the samples came without labels. */
  readonly labels?: Int32Array;
  /** Stable ids (relative paths or row numbers), for messages. */
  readonly ids: readonly string[];
  /** Share of labelled samples the classifier gets right; absent without labels. */
  readonly cleanAccuracy?: number;
}
