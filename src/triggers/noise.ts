import type { RandomSource } from '../statistics/random.ts';
import { clampPixel, copyBatch, imageSize, type ImageShape, type Trigger } from './trigger.ts';

export interface NoiseParameters {
  /** Largest change of a pixel value, in (0, 1]. */
  readonly epsilon: number;
  /** 'sign': every pixel moves by ±epsilon, the strongest bounded change; 'uniform': by anything between. */
  readonly kind: 'sign' | 'uniform';
  readonly shape: ImageShape;
  readonly seedName: string;
  readonly random: RandomSource;
}

/** One bounded random pattern added to every image: a random universal perturbation (Moosavi-Dezfooli et al., arXiv:1610.08401). */
export function noiseTrigger(parameters: NoiseParameters): Trigger {
  const { epsilon, kind, seedName, random } = parameters;
  if (!(epsilon > 0 && epsilon <= 1)) throw new RangeError(`Noise must be bounded by a number in (0, 1], not ${epsilon}.`);
  const size = imageSize(parameters.shape);
  const pattern = Float32Array.from({ length: size }, () => {
    const value = 2 * random.uniform() - 1;
    return epsilon * (kind === 'sign' ? (value < 0 ? -1 : 1) : value);
  });
  return {
    family: 'noise',
    id: `noise/${kind}-${seedName}/${epsilon}`,
    description: `${kind === 'sign' ? 'binary' : 'uniform'} noise of at most ${epsilon}`,
    magnitude: epsilon,
    apply(batch, count, shape) {
      if (imageSize(shape) !== size) throw new RangeError(`The noise has ${size} values, the image ${imageSize(shape)}.`);
      const changed = copyBatch(batch, count, shape);
      for (let at = 0; at < changed.length; at += 1) changed[at] = clampPixel((changed[at] as number) + (pattern[at % size] as number));
      return changed;
    },
  };
}
