import type { Classifier } from '../../src/model/classifier.ts';
import type { InputGradient } from '../../src/model/input-gradient.ts';
import type { Samples } from '../../src/model/samples.ts';
import { anomalyIndexes } from '../../src/statistics/anomaly-index.ts';
import { argmax } from '../../src/statistics/softmax.ts';
import type { RandomSource } from '../../src/statistics/random.ts';

/**
 * Neural Cleanse as its authors wrote it down (Wang et al., IEEE S&P 2019, section V and their reference code), the peer in
 * the benchmark: class by class, 1000 steps of Adam (learning rate 0.1, β 0.5 and 0.9) on mask and pattern through tanh,
 * cross-entropy plus λ times the mask's L1 norm, λ from 1e-3, doubled after five steps in a row with at least 99 % success and
 * divided by 2^1.5 after five with less; then the anomaly index of the smallest masks over classes, flagged above 2. On the same
 * engine, with the same gradients and images as ours. One batch of 32 a step, where the reference code takes 31.
 */
const STEPS = 1000;
const BATCH = 32;
const LEARNING_RATE = 0.1;
const [BETA_1, BETA_2] = [0.5, 0.9];
const EPSILON = 1e-7;
const FIRST_COST = 1e-3;
const COST_FACTOR = 2;
const PATIENCE = 5;
const WANTED_SUCCESS = 0.99;
const FLAGGED_ABOVE = 2;

export interface PlainNeuralCleanse {
  /** Anomaly index of the smallest mask; undefined when it is not defined for these masks. */
  readonly anomalyIndex: number | undefined;
  readonly isFlagged: boolean;
  readonly targetClass: number;
  readonly maskNorms: readonly number[];
}

export async function plainNeuralCleanse(classifier: Classifier, gradient: InputGradient, samples: Samples, random: RandomSource): Promise<PlainNeuralCleanse> {
  const maskNorms: number[] = [];
  for (let target = 0; target < classifier.classCount; target += 1) maskNorms.push(await smallestMask(classifier.classCount, gradient, samples, target, random));
  const indexes = anomalyIndexes(maskNorms, 'lower');
  const targetClass = maskNorms.indexOf(Math.min(...maskNorms));
  const anomalyIndex = indexes?.[targetClass];
  return { anomalyIndex, isFlagged: (anomalyIndex ?? 0) > FLAGGED_ABOVE, targetClass, maskNorms };
}

async function smallestMask(classCount: number, gradient: InputGradient, samples: Samples, target: number, random: RandomSource): Promise<number> {
  const { channels, height, width } = samples;
  const plane = height * width;
  const size = channels * plane;
  const logits = Float32Array.from({ length: plane + size }, () => 2 * random.uniform() - 1);
  const [first, second] = [new Float32Array(logits.length), new Float32Array(logits.length)];
  let cost = FIRST_COST;
  let best = plane;
  let [up, down] = [0, 0];
  const squashed = new Float32Array(logits.length);
  const pixels = new Float32Array(BATCH * size);
  for (let step = 1; step <= STEPS; step += 1) {
    for (let index = 0; index < logits.length; index += 1) squashed[index] = Math.tanh(logits[index] as number) / 2 + 0.5;
    const drawn = Array.from({ length: BATCH }, () => random.integer(samples.count));
    drawn.forEach((sample, row) => {
      for (let index = 0; index < size; index += 1) {
        const mask = squashed[index % plane] as number;
        pixels[row * size + index] = (1 - mask) * (samples.pixels[sample * size + index] as number) + mask * (squashed[plane + index] as number);
      }
    });
    const answer = await gradient.run({ pixels, count: BATCH, labels: new Int32Array(BATCH).fill(target), weights: new Float32Array(BATCH).fill(1 / BATCH), loss: 'cross-entropy' });
    const slope = new Float32Array(logits.length);
    for (let position = 0; position < plane; position += 1) slope[position] = cost;
    drawn.forEach((sample, row) => {
      for (let index = 0; index < size; index += 1) {
        const given = answer.gradient[row * size + index] as number;
        const position = index % plane;
        slope[position] = (slope[position] as number) + given * ((squashed[plane + index] as number) - (samples.pixels[sample * size + index] as number));
        slope[plane + index] = (slope[plane + index] as number) + given * (squashed[position] as number);
      }
    });
    let hits = 0;
    for (let row = 0; row < BATCH; row += 1) if (argmax(answer.logits.subarray(row * classCount, (row + 1) * classCount)) === target) hits += 1;
    const isSuccess = hits >= WANTED_SUCCESS * BATCH;
    const norm = squashed.subarray(0, plane).reduce((sum, value) => sum + value, 0);
    if (isSuccess && norm < best) best = norm;
    [up, down] = isSuccess ? [up + 1, 0] : [0, down + 1];
    if (up >= PATIENCE) [cost, up] = [cost * COST_FACTOR, 0];
    if (down >= PATIENCE) [cost, down] = [cost / COST_FACTOR ** 1.5, 0];
    for (let index = 0; index < logits.length; index += 1) {
      const value = squashed[index] as number;
      const given = (slope[index] as number) * 2 * value * (1 - value);
      first[index] = BETA_1 * (first[index] as number) + (1 - BETA_1) * given;
      second[index] = BETA_2 * (second[index] as number) + (1 - BETA_2) * given * given;
      const corrected = (first[index] as number) / (1 - BETA_1 ** step);
      logits[index] = (logits[index] as number) - (LEARNING_RATE * corrected) / (Math.sqrt((second[index] as number) / (1 - BETA_2 ** step)) + EPSILON);
    }
  }
  return best;
}
