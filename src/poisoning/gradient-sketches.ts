import type { Classifier } from '../model/classifier.ts';
import type { DatasetFacet } from '../model/dataset.ts';
import { randomProjection } from '../statistics/random-projection.ts';
import { softmax } from '../statistics/softmax.ts';
import { featureMaker, roomOf, sampleTable, type DatasetFeatures, type FeatureContext } from './dataset-features.ts';

/** Share of a sample's numbers that sketch its gradient; the rest say what the model would have guessed instead. */
const GRADIENT_SHARE = 0.75;

/** Classes that count one by one; of more, so many random sums. The product with the features stays below 5,000 numbers a sample. */
const MAX_CLASSES = 32;

/** What logits are divided by: of a sample that is fitted the gradient is otherwise all rounding. */
const TEMPERATURE = 4;

export interface SketchLayout {
  /** Numbers of a row that sketch the gradient; those after them are the guesses. */
  readonly gradientWidth: number;
  readonly guessWidth: number;
}

export function sketchLayout({ count }: DatasetFacet, { classCount }: Classifier): SketchLayout {
  const room = roomOf(count);
  const gradientWidth = Math.floor(GRADIENT_SHARE * room);
  return { gradientWidth, guessWidth: Math.min(classCount, MAX_CLASSES, room - gradientWidth) };
}

/**
 * For each sample the direction of the gradient of its cross-entropy in the weights of the last layer, and the direction of the probabilities of the classes that are not its label.
 * In closed form the gradient is (p − y) ⊗ (h, 1) with softmax p, label y and features h, so inner products are those of the factors times each other; the product of one batch's
 * factors is sketched by a fixed random projection and forgotten. A sentence that says why where there are none.
 */
export async function gradientSketches(dataset: DatasetFacet, classifier: Classifier, context: FeatureContext): Promise<DatasetFeatures | string> {
  context.signal.throwIfAborted();
  if (context.outOfTime()) return 'The time ran out before the samples were read.';
  const make = await featureMaker(classifier);
  if (typeof make === 'string') return make;
  const { classCount } = classifier;
  const { gradientWidth, guessWidth } = sketchLayout(dataset, classifier);
  const sides = Math.min(classCount, MAX_CLASSES);
  const sketch = sketcher();
  return sampleTable(dataset, classifier, async (pixels, labels) => {
    const columns = await make(pixels, labels.length);
    if (typeof columns === 'string') return columns;
    const logits = await classifier.logits(pixels, labels.length);
    if (!logits.every(Number.isFinite)) return 'The model answers some samples with values that are not numbers.';
    const width = gradientWidth + guessWidth;
    const features = new Float32Array(labels.length * width);
    for (const [row, label] of labels.entries()) {
      const chances = softmax(logits.subarray(row * classCount, (row + 1) * classCount).map((logit) => logit / TEMPERATURE));
      const residual = unit(sketch(chances.with(label, (chances[label] as number) - 1), sides));
      const entering = unit([...columns.features.subarray(row * columns.width, (row + 1) * columns.width), 1]);
      features.set(sketch(outer(residual, entering), gradientWidth), row * width);
      features.set(sketch(unit(chances.with(label, 0)), guessWidth), row * width + gradientWidth);
    }
    return { features, width };
  }, context);
}

/** Fewer numbers by a fixed random projection, padded with zeros where there are fewer already. */
function sketcher(): (values: ArrayLike<number>, width: number) => Float32Array {
  const known = new Map<string, ReturnType<typeof randomProjection>>();
  return (values, width) => {
    const name = `${String(values.length)} to ${String(width)}`;
    if (!known.has(name)) known.set(name, randomProjection(values.length, width));
    const into = new Float32Array(width);
    const project = known.get(name);
    if (project === undefined) into.set(values);
    else project(values, 0, into, 0);
    return into;
  };
}

function outer(a: ArrayLike<number>, b: ArrayLike<number>): Float32Array {
  const product = new Float32Array(a.length * b.length);
  for (let i = 0; i < a.length; i += 1) for (let j = 0; j < b.length; j += 1) product[i * b.length + j] = (a[i] as number) * (b[j] as number);
  return product;
}

function unit(values: ArrayLike<number>): Float64Array {
  const all = Float64Array.from(values);
  const length = Math.sqrt(all.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? all.map((value) => value / length) : all;
}
