/** What of a row of logits a gradient is taken of: −log softmax at the label, or the largest other logit minus the label's. */
export type GradientLoss = 'cross-entropy' | 'margin';

export interface GradientRequest {
  /** Pixel space NCHW, `count` images. */
  readonly pixels: Float32Array;
  readonly count: number;
  /** One class an image; `count` of them. */
  readonly labels: Int32Array;
  /** What an image's loss counts; negative turns it around, 0 leaves the image out. `count` of them. */
  readonly weights: Float32Array;
  readonly loss: GradientLoss;
}

export interface GradientAnswer {
  /** Shape [count, classCount]; before a final softmax, also where {@link Classifier.logits} has to undo it. */
  readonly logits: Float32Array;
  /** Of weight · loss, image by image, with respect to the pixels; shape of the pixels. */
  readonly gradient: Float32Array;
}

/**
 * The gradient of a classifier with respect to its pixels. Images do not see each other: the answer for one is the same
 * in any company.
 */
export interface InputGradient {
  /** Images of one run of the graph. Counts that are multiples of it waste nothing. */
  readonly batch: number;
  /** Forward and backward. Rejects with `engine/failed`, also when an answer is not finite. */
  run(request: GradientRequest): Promise<GradientAnswer>;
}
