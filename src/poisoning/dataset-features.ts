import type { Classifier, NumericTensor } from '../model/classifier.ts';
import type { DatasetFacet, DatasetSample } from '../model/dataset.ts';
import { randomProjection } from '../statistics/random-projection.ts';

/** Numbers kept of a sample's features: distances keep to a tenth, and a class of a few hundred still has a covariance. */
const MAX_WIDTH = 128;
const LEAST_WIDTH = 16;

/** Floats of one table: 128 MiB. A million samples keep 33 numbers each (CWE-770). */
const MAX_TABLE_VALUES = 2 ** 25;

/** Images in one call of the classifier. */
export const FEATURE_BATCH = 64;

/** What the model makes of each sample of the dataset that has a label and fits its input. */
export interface DatasetFeatures {
  readonly count: number;
  readonly ids: readonly string[];
  readonly labels: Int32Array;
  /** [count, width]: what enters the last layer, averaged over places, through a fixed random projection where that is wider. */
  readonly features: Float32Array;
  readonly width: number;
  /** Samples left out: no label, or not an image of the classifier's size. */
  readonly leftOut: number;
}

export interface FeatureContext {
  readonly signal: AbortSignal;
  outOfTime(): boolean;
  progress(done: number, what: string): void;
}

/** [count, width] */
interface Columns {
  readonly features: Float32Array;
  readonly width: number;
}

/** Several detectors look at the same numbers: they are made once for a dataset and a model and forgotten with them. */
const known = new WeakMap<DatasetFacet, WeakMap<Classifier, DatasetFeatures>>();

/** A sentence that says why where there are no features to look at. */
export async function datasetFeatures(dataset: DatasetFacet, classifier: Classifier, context: FeatureContext): Promise<DatasetFeatures | string> {
  context.signal.throwIfAborted();
  context.progress(0, 'features');
  if (context.outOfTime()) return 'The time ran out before the samples were read.';
  const before = known.get(dataset)?.get(classifier);
  if (before !== undefined) return before;
  const made = await makeFeatures(dataset, classifier, context);
  if (typeof made !== 'string') keepFeatures(dataset, classifier, made);
  return made;
}

function keepFeatures(dataset: DatasetFacet, classifier: Classifier, features: DatasetFeatures): void {
  const models = known.get(dataset) ?? new WeakMap<Classifier, DatasetFeatures>();
  models.set(classifier, features);
  known.set(dataset, models);
}

/**
 * Takes what shards have made of the samples, by id, for what {@link datasetFeatures} would make of them; a sentence that says why
 * where there is nothing to take.
 */
export async function takeFeatures(dataset: DatasetFacet, classifier: Classifier, width: number, featuresOf: (id: string) => Float32Array | undefined, signal: AbortSignal): Promise<string | undefined> {
  const table = featureTable(dataset.count);
  for await (const sample of dataset.samples(signal)) {
    const features = featuresOf(sample.id);
    if (features === undefined || !fits(sample, classifier)) table.leaveOut();
    else table.add([sample], { features, width });
  }
  const made = table.finished(classifier);
  if (typeof made === 'string') return made;
  keepFeatures(dataset, classifier, made);
  return undefined;
}

/** Features of a batch, at most {@link MAX_WIDTH} a sample: pixel space, [count, channels, height, width]. A sentence where the model gives none. */
export type FeatureMaker = (pixels: Float32Array, count: number) => Promise<Columns | string>;

/** Numbers of a batch whose labels are known, at most {@link roomOf} the dataset a sample. A sentence where there are none. */
export type RowMaker = (pixels: Float32Array, labels: readonly number[]) => Promise<Columns | string>;

/** Numbers of one sample that a table of so many samples has room for. */
export function roomOf(count: number): number {
  return Math.max(LEAST_WIDTH, Math.min(MAX_WIDTH, Math.floor(MAX_TABLE_VALUES / Math.max(1, count))));
}

/** How features are made with this model, whatever the dataset; a sentence that says why where it has none. */
export async function featureMaker(classifier: Classifier): Promise<FeatureMaker | string> {
  if (classifier.classCount < 2) return 'The model has fewer than two classes.';
  const [value] = await classifier.innerValues();
  if (value === undefined) return 'The graph has no inner layer near its scores whose values could be looked at.';
  return async (pixels, count) => {
    const tensor = (await classifier.activations(pixels, count, [value])).get(value);
    const columns = tensor === undefined ? undefined : columnsOf(tensor, count);
    if (columns === undefined) return `The values at ${value} are not a row of numbers a sample.`;
    return columns.features.every(Number.isFinite) ? columns : 'The model answers some samples with values that are not numbers.';
  };
}

async function makeFeatures(dataset: DatasetFacet, classifier: Classifier, context: FeatureContext): Promise<DatasetFeatures | string> {
  const make = await featureMaker(classifier);
  return typeof make === 'string' ? make : sampleTable(dataset, classifier, (pixels, { length }) => make(pixels, length), context);
}

/** A row of numbers for each sample that has a label and fits the model's input, batch by batch; a sentence that says why where there are none. */
export async function sampleTable(dataset: DatasetFacet, classifier: Classifier, make: RowMaker, context: FeatureContext): Promise<DatasetFeatures | string> {
  const { input } = classifier;
  if (dataset.kind !== 'image') return `The classifier takes images, and the dataset holds ${dataset.kind === 'text' ? 'texts' : dataset.kind === 'row' ? 'rows' : 'series'}.`;
  const table = featureTable(dataset.count);
  const size = input.channels * input.height * input.width;
  const pixels = new Float32Array(FEATURE_BATCH * size);
  let waiting: FittingSample[] = [];
  let seen = 0;
  const flush = async (): Promise<string | undefined> => {
    if (waiting.length === 0) return undefined;
    const columns = await make(pixels.slice(0, waiting.length * size), waiting.map(({ label }) => label));
    if (typeof columns === 'string') return columns;
    table.add(waiting, columns);
    waiting = [];
    return undefined;
  };

  for await (const sample of dataset.samples(context.signal)) {
    seen += 1;
    if (!fits(sample, classifier)) {
      table.leaveOut();
      continue;
    }
    for (let at = 0; at < size; at += 1) pixels[waiting.length * size + at] = (sample.content.pixels[at] as number) / 255;
    waiting.push(sample);
    if (waiting.length < FEATURE_BATCH) continue;
    context.signal.throwIfAborted();
    context.progress(Math.min(1, seen / Math.max(1, dataset.count)), `sample ${String(seen)} of ${String(dataset.count)}`);
    if (context.outOfTime()) return `The time ran out after ${String(seen)} of ${String(dataset.count)} samples.`;
    const problem = await flush();
    if (problem !== undefined) return problem;
  }
  return (await flush()) ?? table.finished(classifier);
}

/** Rows of features as they come, narrowed where a dataset of this size leaves each sample less room. */
function featureTable(count: number) {
  const room = roomOf(count);
  const [ids, labels]: [string[], number[]] = [[], []];
  const parts: Float32Array[] = [];
  let [width, leftOut] = [0, 0];
  return {
    leaveOut() {
      leftOut += 1;
    },
    add(samples: readonly Pick<FittingSample, 'id' | 'label'>[], columns: Columns) {
      for (const { id, label } of samples) {
        ids.push(id);
        labels.push(label);
      }
      const narrowed = projected(columns, samples.length, room);
      width = narrowed.width;
      parts.push(narrowed.features);
    },
    finished(classifier: Classifier): DatasetFeatures | string {
      if (ids.length === 0) return misfit(classifier, leftOut);
      return { count: ids.length, ids, labels: Int32Array.from(labels), features: joined(parts), width, leftOut };
    },
  };
}

type FittingSample = DatasetSample & { readonly label: number; readonly content: Extract<DatasetSample['content'], { kind: 'image' }> };

function fits(sample: DatasetSample, { input, classCount }: Classifier): sample is FittingSample {
  const { content, label } = sample;
  if (content.kind !== 'image' || label === undefined || label < 0 || label >= classCount) return false;
  return content.channels === input.channels && content.height === input.height && content.width === input.width;
}

function misfit({ input, classCount }: Classifier, leftOut: number): string {
  if (leftOut === 0) return 'The dataset holds no samples.';
  return `None of the ${String(leftOut)} samples has a label below ${String(classCount)} and the size of the model's input, ${String(input.channels)}x${String(input.height)}x${String(input.width)}.`;
}

/** Averages over places, then projects where that leaves more than {@link MAX_WIDTH} numbers a sample. */
function columnsOf({ data, shape }: NumericTensor, count: number): Columns | undefined {
  const channels = shape[1] ?? 0;
  if (shape[0] !== count || channels < 1 || data.length % (count * channels) !== 0) return undefined;
  const places = data.length / (count * channels);
  const means = places === 1 ? data : new Float32Array(count * channels);
  if (places > 1) {
    for (let at = 0; at < means.length; at += 1) {
      let sum = 0;
      for (let place = 0; place < places; place += 1) sum += data[at * places + place] as number;
      means[at] = sum / places;
    }
  }
  return projected({ features: means, width: channels }, count, MAX_WIDTH);
}

const projections = new Map<string, ReturnType<typeof randomProjection>>();

function projected({ features, width }: Columns, count: number, room: number): Columns {
  const name = `${String(width)} to ${String(room)}`;
  if (!projections.has(name)) projections.set(name, randomProjection(width, room));
  const project = projections.get(name);
  if (project === undefined) return { features, width };
  const narrow = new Float32Array(count * room);
  for (let row = 0; row < count; row += 1) project(features, row * width, narrow, row * room);
  return { features: narrow, width: room };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
