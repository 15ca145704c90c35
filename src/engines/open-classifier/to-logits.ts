import { GateError } from '../../errors.ts';
import type { Classifier } from '../../model/classifier.ts';
import type { EngineTensor } from '../engine.ts';
import { float32Values } from '../float32-values.ts';

/** Smaller probabilities count as this: float32 rounds them to 0 at different places, and log 0 is no number. */
export const PROBABILITY_FLOOR = 1e-12;

const LOG_FLOOR = Math.log(PROBABILITY_FLOOR);

/**
 * The first `count` rows of the graph's output as logits, [count, classCount]. Rejects with `engine/failed` what is not
 * such rows and what is not finite: NaN compares as smaller than any threshold and would read as clear.
 */
export function toLogits(output: EngineTensor, paddedCount: number, count: number, classCount: number, kind: Classifier['outputKind']): Float32Array {
  const all = float32Values(output);
  if (all.length !== paddedCount * classCount) {
    throw new GateError({
      code: 'engine/failed',
      message: `The graph answered ${paddedCount} images with shape [${output.dims.join(', ')}] instead of ${classCount} class scores each.`,
    });
  }
  const logits = new Float32Array(count * classCount);
  for (let index = 0; index < logits.length; index += 1) {
    const value = logit(all[index] ?? NaN, kind);
    if (!Number.isFinite(value)) {
      throw new GateError({
        code: 'engine/failed',
        message: `The score of class ${index % classCount} is ${String(all[index])}: the model does not answer with numbers.`,
        nextStep: 'Check that the input range, mean and std in the policy are those the model was trained with.',
      });
    }
    logits[index] = value;
  }
  return logits;
}

function logit(value: number, kind: Classifier['outputKind']): number {
  if (kind === 'logits' || Number.isNaN(value) || value === Infinity) return value;
  if (kind === 'log-probabilities') return Math.max(value, LOG_FLOOR);
  return Math.log(Math.max(value, PROBABILITY_FLOOR));
}
