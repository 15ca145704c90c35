import type { Classifier } from '../model/classifier.ts';
import type { DatasetFacet, DatasetSample } from '../model/dataset.ts';
import { toGateError } from '../errors.ts';
import { classIndexes, type ClassIndexes } from './load-samples/class-indexes.ts';
import { imageOfSample, pixelsOfSample } from './image-of-sample.ts';

export interface FittedDataset {
  readonly dataset: DatasetFacet;
  readonly notes: readonly string[];
}

/**
 * A dataset of images as the model trained on it takes them: in the size of its input, its classes in the order of the model's
 * outputs. Ids, digests and places stay. Throws `samples/invalid` where the classes cannot be the model's; other datasets come back
 * as they are.
 */
export function fittedDataset(dataset: DatasetFacet, classifier: Pick<Classifier, 'input' | 'classCount' | 'classNames'>): FittedDataset {
  if (dataset.kind !== 'image') return { dataset, notes: [] };
  const { channels, height, width } = classifier.input;
  const { classes, notes } = classesOf(dataset, classifier);
  const classNames = Array.from({ length: classifier.classCount }, (_, index) => classifier.classNames?.[index] ?? nameAt(dataset, classes, index));
  const classCounts = classNames.map(() => 0);
  for (const [label, count] of dataset.classCounts.entries()) {
    const index = classes.indexOf.get(dataset.classNames[label] ?? '');
    if (index !== undefined) classCounts[index] = (classCounts[index] ?? 0) + count;
  }
  const fit = (sample: DatasetSample): DatasetSample => {
    const index = sample.label === undefined ? undefined : classes.indexOf.get(dataset.classNames[sample.label] ?? '');
    const { id, digest, place } = sample;
    return { id, digest, place, ...(index === undefined ? {} : { label: index }), content: { kind: 'image', channels, height, width, pixels: pixelsOfSample(imageOfSample(sample), { channels, height, width }), ...encodingOf(sample) } };
  };
  return {
    notes,
    dataset: {
      ...dataset, classNames, classCounts,
      async *samples(signal) {
        for await (const sample of dataset.samples(signal)) yield fit(sample);
      },
    },
  };
}

function classesOf(dataset: DatasetFacet, { classCount, classNames }: Pick<Classifier, 'classCount' | 'classNames'>): { readonly classes: ClassIndexes; readonly notes: readonly string[] } {
  const present = dataset.classNames.filter((_, label) => (dataset.classCounts[label] ?? 0) > 0);
  try {
    const classes = classIndexes(present, classCount, classNames, 'the dataset');
    return { classes, notes: classes.notes };
  } catch (thrown) {
    throw toGateError(thrown, 'dataset/invalid');
  }
}

function nameAt(dataset: DatasetFacet, { indexOf }: ClassIndexes, index: number): string {
  return dataset.classNames.find((name) => indexOf.get(name) === index) ?? String(index);
}

function encodingOf({ content }: DatasetSample): { readonly encoding?: NonNullable<Extract<DatasetSample['content'], { kind: 'image' }>['encoding']> } {
  return content.kind === 'image' && content.encoding !== undefined ? { encoding: content.encoding } : {};
}
