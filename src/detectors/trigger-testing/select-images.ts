import type { RandomSource } from '../../statistics/random.ts';

/** Which samples take part: indexes into the samples, and their clean predictions. */
export interface ImageSelection {
  /** Used to choose triggers. */
  readonly screening: readonly number[];
  /** Used to measure the chosen ones and never to choose. */
  readonly heldOut: readonly number[];
}

/**
 * Splits samples into two disjoint sets, each with the predicted classes as evenly as the samples allow, so that one
 * frequent class cannot stand for "all classes". Misclassified samples (where labels say so) are left out as long as
 * enough others are there: what the model already gets wrong says little about a trigger.
 */
export function selectImages(
  predictions: Int32Array,
  labels: Int32Array | undefined,
  sizes: { readonly screening: number; readonly heldOut: number },
  random: RandomSource,
): ImageSelection {
  const wanted = sizes.screening + sizes.heldOut;
  const known = [...predictions.keys()].filter((index) => (predictions[index] as number) >= 0);
  const right = labels === undefined ? known : known.filter((index) => predictions[index] === labels[index]);
  const pool = right.length >= Math.min(wanted, known.length / 2) ? right : known;

  const byClass = new Map<number, number[]>();
  for (const index of random.shuffle(pool)) {
    const predicted = predictions[index] as number;
    byClass.set(predicted, [...(byClass.get(predicted) ?? []), index]);
  }
  const queues = random.shuffle([...byClass.entries()].sort(([a], [b]) => a - b).map(([, indexes]) => indexes));
  const interleaved: number[] = [];
  for (let round = 0; interleaved.length < pool.length; round += 1) {
    for (const queue of queues) {
      const index = queue[round];
      if (index !== undefined) interleaved.push(index);
    }
  }
  // A small pool is shared one to two: measuring needs more images than choosing.
  const chosen = interleaved.slice(0, wanted);
  const screening = chosen.length === wanted ? sizes.screening : Math.floor(chosen.length / 3);
  return { screening: chosen.slice(0, screening), heldOut: chosen.slice(screening) };
}
