/** How an input is changed; matched random changes are drawn within a family. */
export const TRIGGER_FAMILIES = ['patch', 'blend', 'sinusoid', 'color', 'warp', 'noise'] as const;

export type TriggerFamily = (typeof TRIGGER_FAMILIES)[number];

export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** One fixed change of an image, the same for every image it is applied to. */
export interface Trigger {
  readonly family: TriggerFamily;
  /** Stable: the same parameters give the same id, in every version. */
  readonly id: string;
  /** Completes the sentence "the change is ...". */
  readonly description: string;
  /**
   * How strong the change is in its family's own unit: patch, edge in pixels; blend, alpha; sinusoid, amplitude; color,
   * mean change of a uniformly distributed pixel; warp, mean displacement in pixels; noise, bound. Comparable within a
   * family only.
   */
  readonly magnitude: number;
  /**
   * The changed copy of `count` images (float32, NCHW, values in [0, 1]); `batch` is left as it is.
   * Throws RangeError when the batch is not count · channels · height · width long or the trigger does not fit.
   */
  apply(batch: Float32Array, count: number, shape: ImageShape): Float32Array;
}

export interface TriggerStrength {
  /** Mean over the images of the share of pixel positions (not channels) that change at all. */
  readonly changedShare: number;
  /** Mean over the images of the Euclidean norm of the change. */
  readonly l2: number;
}

/** Number of values of one image. */
export function imageSize(shape: ImageShape): number {
  return shape.channels * shape.height * shape.width;
}

/** A copy of the batch, after its length was checked. */
export function copyBatch(batch: Float32Array, count: number, shape: ImageShape): Float32Array {
  if (batch.length !== count * imageSize(shape)) {
    throw new RangeError(`A batch of ${count} images of ${shape.channels}x${shape.height}x${shape.width} has ${count * imageSize(shape)} values, not ${batch.length}.`);
  }
  return Float32Array.from(batch);
}

export function clampPixel(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

/** Measures on these images how much the trigger changes; zeros for no images. */
export function triggerStrength(trigger: Trigger, batch: Float32Array, count: number, shape: ImageShape): TriggerStrength {
  if (count === 0) return { changedShare: 0, l2: 0 };
  const changed = trigger.apply(batch, count, shape);
  const plane = shape.height * shape.width;
  const size = imageSize(shape);
  let positions = 0;
  let norms = 0;
  for (let image = 0; image < count; image += 1) {
    let squares = 0;
    for (let position = 0; position < plane; position += 1) {
      let touched = false;
      for (let channel = 0; channel < shape.channels; channel += 1) {
        const at = image * size + channel * plane + position;
        const difference = (changed[at] as number) - (batch[at] as number);
        squares += difference * difference;
        touched ||= difference !== 0;
      }
      positions += touched ? 1 : 0;
    }
    norms += Math.sqrt(squares);
  }
  return { changedShare: positions / (count * plane), l2: norms / count };
}
