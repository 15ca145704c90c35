import type { Classifier } from '../model/classifier.ts';
import type { InputGradient } from '../model/input-gradient.ts';
import type { RandomSource } from '../statistics/random.ts';
import { norm } from '../triggers/adjustable/euclidean.ts';
import { marginOf } from './outcome-of.ts';

/** Length of a step in pixel range, root mean square, at the start and at the end. */
const FIRST_STEP = 0.08;
const LAST_STEP = 0.01;

/** Share of the last direction that is kept. */
const MOMENTUM = 0.8;

export interface MarginSearch {
  readonly classifier: Classifier;
  readonly gradient: InputGradient;
  readonly targets: readonly number[];
  /** Random inputs that each target starts from; the largest margin counts. */
  readonly starts: number;
  readonly steps: number;
  readonly random: RandomSource;
  pause(share: number): 'go on' | 'stop';
}

/**
 * The largest margin (logit of the class minus the largest other) that any input reaches, target by target, by projected
 * gradient ascent in the pixel box from random inputs (Wang et al. 2024, MM-BD, arXiv:2205.06900, equation 3). Undefined
 * when it was stopped.
 */
export async function maximizeMargins(search: MarginSearch): Promise<Float64Array | undefined> {
  const { classifier, gradient, targets, starts, steps, random } = search;
  const { classCount, input } = classifier;
  const size = input.channels * input.height * input.width;
  const count = targets.length * starts;
  const pixels = Float32Array.from({ length: count * size }, () => random.uniform());
  const momentum = new Float32Array(count * size);
  const labels = Int32Array.from({ length: count }, (_, row) => targets[Math.floor(row / starts)] as number);
  const weights = new Float32Array(count).fill(1);
  const best = new Float64Array(targets.length).fill(-Infinity);
  const note = (logits: Float32Array): void => {
    for (let row = 0; row < count; row += 1) {
      const target = Math.floor(row / starts);
      best[target] = Math.max(best[target] as number, marginOf(logits.subarray(row * classCount, (row + 1) * classCount), labels[row] as number));
    }
  };
  for (let step = 0; step < steps; step += 1) {
    if (search.pause(step / steps) === 'stop') return undefined;
    const answer = await gradient.run({ pixels, count, labels, weights, loss: 'margin' });
    note(answer.logits);
    const length = FIRST_STEP * (LAST_STEP / FIRST_STEP) ** (step / Math.max(1, steps - 1));
    for (let row = 0; row < count; row += 1) ascend(pixels.subarray(row * size, (row + 1) * size), momentum.subarray(row * size, (row + 1) * size), answer.gradient.subarray(row * size, (row + 1) * size), length);
  }
  note(await classifier.logits(pixels, count));
  return best;
}

function ascend(image: Float32Array, momentum: Float32Array, gradient: Float32Array, length: number): void {
  const steepness = norm(gradient);
  if (steepness === 0) return;
  for (let index = 0; index < image.length; index += 1) momentum[index] = MOMENTUM * (momentum[index] as number) + (gradient[index] as number) / steepness;
  const scale = (length * Math.sqrt(image.length)) / Math.max(norm(momentum), Number.MIN_VALUE);
  for (let index = 0; index < image.length; index += 1) image[index] = Math.min(1, Math.max(0, (image[index] as number) - scale * (momentum[index] as number)));
}
