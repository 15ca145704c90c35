import type { Classifier } from '../../model/classifier.ts';
import type { DatasetFacet, DatasetSample } from '../../model/dataset.ts';
import { argmax } from '../../statistics/softmax.ts';
import type { DetectContext } from '../detector.ts';

/** Images in one call of the classifier. */
const BATCH = 64;

export interface AskedOfCopies {
  readonly ids: readonly string[];
  readonly labels: readonly number[];
  /** By sample, the share of its changed copies that the model calls by its label. */
  readonly kept: readonly number[];
  readonly leftOut: number;
}

/** Changed copies of images in [0, 1], [count, channels, height, width]; `copy` is from 0 to the number of copies. */
export interface Copies {
  readonly number: number;
  make(pixels: Float32Array, count: number, copy: number): Float32Array;
}

/** Whether a sample has a label of the model and the size of its input. */
export function isOfModel({ label, content }: DatasetSample, { input, classCount }: Classifier): boolean {
  return content.kind === 'image' && label !== undefined && label < classCount && content.channels === input.channels && content.height === input.height && content.width === input.width;
}

/** Runs the classifier on changed copies of every labelled sample of its size; a sentence where that is not possible. */
export async function askOfCopies(dataset: DatasetFacet, classifier: Classifier, copies: Copies, context: DetectContext): Promise<AskedOfCopies | string> {
  const { input, classCount } = classifier;
  const size = input.channels * input.height * input.width;
  const [ids, labels, kept]: [string[], number[], number[]] = [[], [], []];
  const pixels = new Float32Array(BATCH * size);
  let [filled, seen, leftOut] = [0, 0, 0];
  const flush = async (): Promise<boolean> => {
    const counts = new Array<number>(filled).fill(0);
    for (let copy = 0; copy < copies.number; copy += 1) {
      const scores = await classifier.logits(copies.make(pixels.subarray(0, filled * size), filled, copy), filled);
      if (!scores.every(Number.isFinite)) return false;
      for (let image = 0; image < filled; image += 1) {
        const row = scores.subarray(image * classCount, (image + 1) * classCount);
        if (argmax(row) === labels[labels.length - filled + image]) counts[image] = (counts[image] as number) + 1;
      }
    }
    kept.push(...counts.map((count) => count / copies.number));
    filled = 0;
    return true;
  };
  for await (const sample of dataset.samples(context.signal)) {
    seen += 1;
    const { id, label, content } = sample;
    if (content.kind !== 'image' || label === undefined || !isOfModel(sample, classifier)) {
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
