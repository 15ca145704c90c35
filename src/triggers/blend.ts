import type { RandomSource } from '../statistics/random.ts';
import { smoothField } from './smooth-field.ts';
import { clampPixel, copyBatch, imageSize, type ImageShape, type Trigger } from './trigger.ts';

export interface BlendParameters {
  /** One image, [channels, height, width], values in [0, 1]. */
  readonly picture: Float32Array;
  /** Share of the picture in the mixture, in (0, 1]. */
  readonly alpha: number;
  /** Names the picture in the id and the description. */
  readonly pictureName: string;
}

/** The image mixed with one fixed picture: (1 − α) · x + α · picture (Chen et al., arXiv:1712.05526). */
export function blendTrigger(parameters: BlendParameters): Trigger {
  const { picture, alpha, pictureName } = parameters;
  if (!(alpha > 0 && alpha <= 1)) throw new RangeError(`A blend's alpha must be in (0, 1], not ${alpha}.`);
  return {
    family: 'blend',
    id: `blend/${pictureName}/${alpha}`,
    description: `${Math.round(alpha * 100)} % of ${pictureName} mixed in`,
    magnitude: alpha,
    apply(batch, count, shape) {
      const size = imageSize(shape);
      if (picture.length !== size) throw new RangeError(`The blended picture has ${picture.length} values, the image ${size}.`);
      const changed = copyBatch(batch, count, shape);
      for (let at = 0; at < changed.length; at += 1) {
        changed[at] = clampPixel((1 - alpha) * (changed[at] as number) + alpha * (picture[at % size] as number));
      }
      return changed;
    },
  };
}

/** Independent uniform pixels. */
export function noisePicture(shape: ImageShape, random: RandomSource): Float32Array {
  return Float32Array.from({ length: imageSize(shape) }, () => random.uniform());
}

/** Soft blobs of color: uniform values on a grid of `cells` x `cells`, bicubically enlarged. What a photo looks like from afar. */
export function smoothPicture(shape: ImageShape, cells: number, random: RandomSource): Float32Array {
  const plane = shape.height * shape.width;
  const picture = new Float32Array(imageSize(shape));
  for (let channel = 0; channel < shape.channels; channel += 1) {
    const field = smoothField(shape.height, shape.width, cells, random);
    for (let at = 0; at < plane; at += 1) picture[channel * plane + at] = clampPixel(0.5 + 0.5 * (field[at] as number));
  }
  return picture;
}
