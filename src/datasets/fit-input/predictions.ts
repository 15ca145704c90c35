/** What a classifier answered to the first `count` samples in trial order. */
export interface Predictions {
  readonly count: number;
  readonly classCount: number;
  /** Shape [count, classCount]. */
  readonly logits: Float32Array;
  /** The class with the largest logit; -1 where a logit is not a finite number. */
  readonly classes: Int32Array;
}

export function predictionsOf(logits: Float32Array, classCount: number): Predictions {
  const count = logits.length / classCount;
  const classes = Int32Array.from({ length: count }, (_, row) => {
    let best = 0;
    for (let column = 0; column < classCount; column += 1) {
      const value = logits[row * classCount + column] ?? Number.NaN;
      if (!Number.isFinite(value)) return -1;
      if (value > (logits[row * classCount + best] ?? Number.NaN)) best = column;
    }
    return best;
  });
  return { count, classCount, logits, classes };
}

/** Which samples are predicted as labelled. */
export function rightAnswers(predictions: Predictions, labels: readonly number[]): readonly boolean[] {
  return Array.from(predictions.classes, (predicted, index) => predicted === labels[index]);
}

/** Mean negative log-probability of the labels, in nats; a probability below 1e-12 counts as that. */
export function crossEntropyOf(predictions: Predictions, labels: readonly number[]): number {
  let sum = 0;
  for (let row = 0; row < predictions.count; row += 1) sum -= Math.log(Math.max(SMALLEST_PROBABILITY, probabilitiesOf(predictions, row)[labels[row] ?? -1] ?? 0));
  return sum / predictions.count;
}

/** One sample certain of the wrong class must not outweigh all others. */
const SMALLEST_PROBABILITY = 1e-12;

function probabilitiesOf({ logits, classCount }: Predictions, row: number): Float64Array {
  const scores = logits.subarray(row * classCount, (row + 1) * classCount);
  const top = scores.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const weights = Float64Array.from(scores, (value) => Math.exp(value - top));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

export interface Balance {
  /** Entropy of the mean prediction over log(classes), in [0, 1]: 1 when all classes are predicted equally often. */
  readonly marginal: number;
  /** Mean entropy of the single predictions over log(classes), in [0, 1]: 0 when each is certain. */
  readonly conditional: number;
}

/** Their difference is the mutual information of sample and predicted class (over log(classes)). */
export function balanceOf(predictions: Predictions): Balance {
  const { count, classCount } = predictions;
  const mean = new Float64Array(classCount);
  let conditional = 0;
  for (let row = 0; row < count; row += 1) {
    for (const [column, probability] of probabilitiesOf(predictions, row).entries()) {
      mean[column] = (mean[column] ?? 0) + probability / count;
      conditional += surprise(probability) / count;
    }
  }
  const full = Math.log(classCount);
  return { marginal: mean.reduce((total, probability) => total + surprise(probability), 0) / full, conditional: conditional / full };
}

function surprise(probability: number): number {
  return probability > 0 ? -probability * Math.log(probability) : 0;
}
