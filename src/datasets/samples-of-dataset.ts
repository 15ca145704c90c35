import type { DatasetFacet } from '../model/dataset.ts';
import { imageOfSample } from './image-of-sample.ts';
import { resize } from './images/resize.ts';
import { writePixels } from './images/write-pixels.ts';
import { classIndexes } from './load-samples/class-indexes.ts';
import { invalidSamples } from './load-samples/sample-error.ts';
import type { LoadedSamples, SamplesTarget } from './loaded-samples.ts';

/** Enough to tell by the share of right answers how a model's input is made of pixels. */
const MAX_TRIED = 256;

/**
 * Some images of a dataset, evenly over its classes, in the size of a model's input: to find out how pixels become that input where
 * nobody says. A few poisoned ones among them do not change which way answers most of them right. Throws `samples/invalid`.
 */
export async function samplesOfDataset(dataset: DatasetFacet, target: SamplesTarget, signal: AbortSignal): Promise<LoadedSamples> {
  const present = dataset.classNames.filter((_, label) => (dataset.classCounts[label] ?? 0) > 0);
  const classes = classIndexes(present, target.classCount, target.classNames, 'the dataset');
  const quota = Math.max(1, Math.floor(MAX_TRIED / Math.max(1, present.length)));
  const size = target.channels * target.height * target.width;
  const taken = new Map<number, number>();
  const seen = new Map<number, number>();
  const images: Float32Array[] = [];
  const labels: number[] = [];
  const ids: string[] = [];
  for await (const sample of dataset.samples(signal)) {
    const { label } = sample;
    const index = label === undefined ? undefined : classes.indexOf.get(dataset.classNames[label] ?? '');
    if (label === undefined || index === undefined) continue;
    const at = seen.get(label) ?? 0;
    seen.set(label, at + 1);
    const step = Math.max(1, Math.floor((dataset.classCounts[label] ?? 1) / quota));
    if (at % step !== 0 || (taken.get(label) ?? 0) >= quota) continue;
    taken.set(label, (taken.get(label) ?? 0) + 1);
    const pixels = new Float32Array(size);
    if (!writePixels(resize(imageOfSample(sample), target.width, target.height), target.channels, pixels, 0)) {
      throw invalidSamples(`The images do not have the ${String(target.channels)} channels that the model takes.`, sample.place.file, 'Name the model that was trained on this dataset.');
    }
    images.push(pixels);
    labels.push(index);
    ids.push(sample.id);
  }
  if (images.length === 0) throw invalidSamples('The dataset has no labelled images.', 'the dataset', 'Name a dataset with labels.');
  const pixels = new Float32Array(images.length * size);
  images.forEach((one, at) => pixels.set(one, at * size));
  const { channels, height, width } = target;
  return { count: images.length, channels, height, width, pixels, labels: Int32Array.from(labels), labelSource: classes.source, ids, notes: [] };
}
