import type { Classifier } from '../../model/classifier.ts';
import type { RandomSource } from '../../statistics/random.ts';
import { entropy } from '../../statistics/entropy.ts';
import { argmax, softmax } from '../../statistics/softmax.ts';

/** What the classifier says of one input under many blends. */
export interface BlendedInput {
  /** Mean entropy of the class probabilities over the blends, in bits. */
  readonly entropy: number;
  /** Number of blends given each class. */
  readonly votes: Uint32Array;
}

/**
 * Superimposes each input with `blends` overlays drawn from `overlays` (sum of the two, cut off at 1, as STRIP does it)
 * and gathers what the classifier says. Undefined when it answers with something that is not a number. Calls
 * `between` after each input and stops when that says so, with the inputs done so far.
 */
export async function blendedPredictions(
  classifier: Classifier,
  inputs: { readonly pixels: Float32Array; readonly count: number },
  overlays: { readonly pixels: Float32Array; readonly count: number },
  blends: number,
  random: RandomSource,
  between: () => 'go on' | 'stop',
): Promise<readonly BlendedInput[] | undefined> {
  const size = overlays.pixels.length / overlays.count;
  const { classCount } = classifier;
  const gathered: BlendedInput[] = [];
  const batch = new Float32Array(blends * size);
  for (let input = 0; input < inputs.count; input += 1) {
    for (let blend = 0; blend < blends; blend += 1) {
      const overlay = random.integer(overlays.count) * size;
      for (let at = 0; at < size; at += 1) {
        batch[blend * size + at] = Math.min(1, (inputs.pixels[input * size + at] as number) + (overlays.pixels[overlay + at] as number));
      }
    }
    const logits = await classifier.logits(batch, blends);
    const votes = new Uint32Array(classCount);
    let bits = 0;
    for (let blend = 0; blend < blends; blend += 1) {
      const row = logits.subarray(blend * classCount, (blend + 1) * classCount);
      const winner = argmax(row);
      const uncertainty = entropy(softmax(row));
      if (winner === undefined || !Number.isFinite(uncertainty)) return undefined;
      votes[winner] = (votes[winner] as number) + 1;
      bits += uncertainty / blends;
    }
    gathered.push({ entropy: bits, votes });
    if (between() === 'stop') break;
  }
  return gathered;
}
