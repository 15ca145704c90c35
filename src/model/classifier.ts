import type { InnerLayer } from './inner-layer.ts';

/**
 * How pixels become network input. Detectors always work in pixel space: float32, NCHW, values in [0, 1].
 * The classifier maps a pixel p of channel c to `((low + p · (high − low)) − mean[c]) / std[c]` and to the layout.
 */
export interface InputSpecification {
  readonly kind: 'image' | 'vector';
  readonly layout: 'nchw' | 'nhwc' | 'flat';
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly range: readonly [low: number, high: number];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** For each member, where it came from: 'graph', 'policy', 'sidecar', 'samples', 'default'. */
  readonly origin: Readonly<Record<'layout' | 'size' | 'range' | 'normalization', 'graph' | 'policy' | 'sidecar' | 'samples' | 'default'>>;
}

/** A numeric array with its shape; row-major. */
export interface NumericTensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** The task model as detectors see it. All batches are pixel-space NCHW; `count` is the number of images. */
export interface Classifier {
  readonly input: InputSpecification;
  readonly classCount: number;
  readonly classNames?: readonly string[];
  /** What the graph's output was before it was made into logits. */
  readonly outputKind: 'logits' | 'probabilities' | 'log-probabilities';
  /** Engine id and version, for the report. */
  readonly engine: string;
  /**
   * Shape [count, classCount]. A final softmax is undone by the logarithm (probabilities below 1e-12 count as 1e-12),
   * so differences of logits mean the same for every model.
   */
  logits(pixels: Float32Array, count: number): Promise<Float32Array>;
  /** Inner values of the graph by name, each with the batch as its first dimension. */
  activations(pixels: Float32Array, count: number, values: readonly string[]): Promise<ReadonlyMap<string, NumericTensor>>;
  /** Values that hold features, made by activation functions or entering the last layer; the nearest to the scores first. */
  innerValues(): Promise<readonly string[]>;
  /**
   * The images at one of {@link innerValues}, to go on from with a channel changed. The caller closes it. Rejects with
   * `engine/*`, also when the value is not a batch of channels.
   */
  openInnerLayer(pixels: Float32Array, count: number, value: string): Promise<InnerLayer>;
}
