import type { ReferenceClassifier } from '../model/reference-set.ts';
import { gradientBoosting } from '../statistics/gradient-boosting.ts';
import type { RandomSource } from '../statistics/random.ts';
import { randomForest } from '../statistics/random-forest.ts';
import { supportVectorMachine } from '../statistics/support-vector-machine.ts';

/** Trains the named classifier on rows of features with labels 0 (clean) and 1 (backdoored). Its answer lies in [0, 1]. */
export function trainClassifier(kind: ReferenceClassifier, data: readonly Float64Array[], labels: ArrayLike<number>, random: RandomSource): (row: Float64Array) => number {
  if (kind === 'random-forest') return randomForest(data, labels, random);
  return kind === 'support-vector-machine' ? supportVectorMachine(data, labels) : gradientBoosting(data, labels);
}
