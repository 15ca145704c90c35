import type { Classifier } from '../../model/classifier.ts';
import type { DatasetFacet } from '../../model/dataset.ts';
import type { DetectContext } from '../detector.ts';

/** Brightened copies of a sample: every other of the paper's factors from 2 to 11, for half of its time. */
export const FACTORS = [3, 5, 7, 9, 11] as const;

/** Images in one call of the classifier. */
const BATCH = 64;

export interface KeptLabels {
  readonly ids: readonly string[];
  readonly labels: readonly number[];
  /** By sample, the share of its brightened copies that the model calls by its label. */
  readonly kept: readonly number[];
  readonly leftOut: number;
}

/** Runs the classifier on brightened copies of every labelled sample of its size; a sentence where that is not possible. */
export async function keptLabels(dataset: DatasetFacet, classifier: Classifier, context: DetectContext): Promise<KeptLabels | string> {
  const { input, classCount } = classifier;
  const size = input.channels * input.height * input.width;
  const [ids, labels, kept]: [string[], number[], number[]] = [[], [], []];
  const pixels = new Float32Array(BATCH * size);
  let [filled, seen, leftOut] = [0, 0, 0];
  const brighter = new Float32Array(BATCH * size);
  const flush = async (): Promise<boolean> => {
    const counts = new Array<number>(filled).fill(0);
    for (const factor of FACTORS) {
      for (let at = 0; at < filled * size; at += 1) brighter[at] = Math.min(1, factor * (pixels[at] as number));
      const scores = await classifier.logits(brighter.slice(0, filled * size), filled);
      if (!scores.every(Number.isFinite)) return false;
      for (let image = 0; image < filled; image += 1) if (largest(scores, image * classCount, classCount) === labels[labels.length - filled + image]) counts[image] = (counts[image] as number) + 1;
    }
    kept.push(...counts.map((count) => count / FACTORS.length));
    filled = 0;
    return true;
  };
  for await (const { id, label, content } of dataset.samples(context.signal)) {
    seen += 1;
    if (content.kind !== 'image' || label === undefined || label >= classCount || content.channels !== input.channels || content.height !== input.height || content.width !== input.width) {
      leftOut += 1;
      continue;
    }
    ids.push(id);
    labels.push(label);
    for (let at = 0; at < size; at += 1) pixels[filled * size + at] = (content.pixels[at] as number) / 255;
    filled += 1;
    if (filled < BATCH) continue;
    context.progress(Math.min(1, seen / Math.max(1, dataset.count)), `sample ${String(seen)} of ${String(dataset.count)}`);
    if (context.outOfTime()) return `The time ran out after ${String(seen)} of ${String(dataset.count)} samples.`;
    if (!(await flush())) return NOT_NUMBERS;
  }
  if (filled > 0 && !(await flush())) return NOT_NUMBERS;
  if (ids.length === 0) return `None of the ${String(leftOut)} samples has a label of the model and the size of its input, ${String(input.channels)}x${String(input.height)}x${String(input.width)}.`;
  return { ids, labels, kept, leftOut };
}

const NOT_NUMBERS = 'The model answers some samples with values that are not numbers.';

function largest(scores: Float32Array, from: number, count: number): number {
  let best = 0;
  for (let index = 1; index < count; index += 1) if ((scores[from + index] as number) > (scores[from + best] as number)) best = index;
  return best;
}
