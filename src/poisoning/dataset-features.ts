import type { Classifier, NumericTensor } from '../model/classifier.ts';
import type { DatasetFacet, DatasetSample } from '../model/dataset.ts';
import { randomProjection } from '../statistics/random-projection.ts';

/** Numbers kept of a sample's features: distances keep to a tenth, and a class of a few hundred still has a covariance. */
const MAX_WIDTH = 128;
const LEAST_WIDTH = 16;

/** Floats of one table: 128 MiB. A million samples keep 33 numbers each (CWE-770). */
const MAX_TABLE_VALUES = 2 ** 25;

/** Images in one call of the classifier. */
const BATCH = 64;

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
  if (typeof made === 'string') return made;
  const models = known.get(dataset) ?? new WeakMap<Classifier, DatasetFeatures>();
  models.set(classifier, made);
  known.set(dataset, models);
  return made;
}

async function makeFeatures(dataset: DatasetFacet, classifier: Classifier, context: FeatureContext): Promise<DatasetFeatures | string> {
  const { input, classCount } = classifier;
  if (dataset.kind !== 'image') return `The classifier takes images, and the dataset holds ${dataset.kind === 'text' ? 'texts' : dataset.kind === 'row' ? 'rows' : 'series'}.`;
  if (classCount < 2) return 'The model has fewer than two classes.';
  const [value] = await classifier.innerValues();
  if (value === undefined) return 'The graph has no inner layer near its scores whose values could be looked at.';
  const room = Math.max(LEAST_WIDTH, Math.min(MAX_WIDTH, Math.floor(MAX_TABLE_VALUES / Math.max(1, dataset.count))));
  const [ids, labels]: [string[], number[]] = [[], []];
  const features: Float32Array[] = [];
  const size = input.channels * input.height * input.width;
  const pixels = new Float32Array(BATCH * size);
  let [filled, seen, leftOut, width] = [0, 0, 0, 0];
  let reason: string | undefined;

  const flush = async (): Promise<boolean> => {
    if (filled === 0) return true;
    const batch = pixels.slice(0, filled * size);
    const logits = await classifier.logits(batch, filled);
    const tensor = (await classifier.activations(batch, filled, [value])).get(value);
    const columns = tensor === undefined ? undefined : columnsOf(tensor, filled, room);
    if (columns === undefined) return fail(`The values at ${value} are not a row of numbers a sample.`);
    if (!logits.every(Number.isFinite) || !columns.features.every(Number.isFinite)) return fail('The model answers some samples with values that are not numbers.');
    width = columns.width;
    features.push(columns.features);
    filled = 0;
    return true;
  };
  const fail = (why: string): boolean => {
    reason = why;
    return false;
  };

  for await (const sample of dataset.samples(context.signal)) {
    seen += 1;
    if (!fits(sample, classifier)) {
      leftOut += 1;
      continue;
    }
    ids.push(sample.id);
    labels.push(sample.label);
    for (let at = 0; at < size; at += 1) pixels[filled * size + at] = (sample.content.pixels[at] as number) / 255;
    filled += 1;
    if (filled < BATCH) continue;
    context.signal.throwIfAborted();
    context.progress(Math.min(1, seen / Math.max(1, dataset.count)), `sample ${String(seen)} of ${String(dataset.count)}`);
    if (context.outOfTime()) return `The time ran out after ${String(seen)} of ${String(dataset.count)} samples.`;
    if (!(await flush())) return reason ?? '';
  }
  if (!(await flush())) return reason ?? '';
  if (ids.length === 0) return misfit(classifier, leftOut);
  return {
    count: ids.length, ids, labels: Int32Array.from(labels), features: joined(features), width, leftOut,
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

/** Averages over places, then projects where that leaves more than `room` numbers a sample. */
function columnsOf({ data, shape }: NumericTensor, count: number, room: number): Columns | undefined {
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
  const project = randomProjection(channels, room);
  if (project === undefined) return { features: means, width: channels };
  const features = new Float32Array(count * room);
  for (let image = 0; image < count; image += 1) project(means, image * channels, features, image * room);
  return { features, width: room };
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
