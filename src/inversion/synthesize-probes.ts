import type { Classifier } from '../model/classifier.ts';
import type { InputGradient } from '../model/input-gradient.ts';
import type { RandomSource } from '../statistics/random.ts';
import { marginOf } from './outcome-of.ts';

/** Images made for all classes together, at least so many a class and at most so many in all. */
const IMAGES_PER_CLASS = 16;
const MAX_IMAGES = 384;

/** Floats of all images together: 256 MiB (CWE-789). */
const MAX_VALUES = 2 ** 26;

/** Descent on the class: steps at most, their length as a share of the picture's root mean square range, and where to stop. */
const STEPS = 30;
const STEP_SHARE = 0.03;
const ENOUGH_MARGIN = 3;

export interface SynthesizedImages {
  readonly count: number;
  /** [count, channels, height, width] in [0, 1]. */
  readonly pixels: Float32Array;
}

/**
 * Stand-ins for samples where there are none: noise, each image changed by the gradient until the model takes it for the
 * class it was meant for (as in DF-TND, Wang et al. 2020, arXiv:2007.15802). The model names them with confidence, so what
 * moves them to another class says something; they look like nothing. Pictures of overlapping shapes in place of noise,
 * smoothed gradients and larger margins were tried: each told fewer backdoored models from clean ones.
 */
export async function synthesizeProbes(classifier: Classifier, gradient: InputGradient, random: RandomSource): Promise<SynthesizedImages> {
  const { classCount, input } = classifier;
  const { channels, height, width } = input;
  const size = channels * height * width;
  const count = Math.max(1, Math.min(IMAGES_PER_CLASS * classCount, MAX_IMAGES, Math.floor(MAX_VALUES / size)));
  const pixels = Float32Array.from({ length: count * size }, () => random.uniform());
  let open = Array.from({ length: count }, (_, image) => image);
  for (let step = 0; step < STEPS && open.length > 0; step += 1) {
    const images = new Float32Array(open.length * size);
    open.forEach((image, row) => images.set(pixels.subarray(image * size, (image + 1) * size), row * size));
    const labels = Int32Array.from(open, (image) => image % classCount);
    const answer = await gradient.run({ pixels: images, count: open.length, labels, weights: new Float32Array(open.length).fill(1), loss: 'cross-entropy' });
    // What is confident enough is finished: most images are after a few steps, and only the rest is run again.
    open = open.filter((image, row) => {
      if (marginOf(answer.logits.subarray(row * classCount, (row + 1) * classCount), image % classCount) > ENOUGH_MARGIN) return false;
      descend(pixels.subarray(image * size, (image + 1) * size), answer.gradient.subarray(row * size, (row + 1) * size));
      return true;
    });
  }
  return { count, pixels };
}

function descend(image: Float32Array, gradient: Float32Array): void {
  let squares = 0;
  for (const value of gradient) squares += value * value;
  if (squares === 0) return;
  const step = (STEP_SHARE * Math.sqrt(image.length)) / Math.sqrt(squares);
  for (let index = 0; index < image.length; index += 1) {
    image[index] = Math.min(1, Math.max(0, (image[index] as number) - step * (gradient[index] as number)));
  }
}
