import type { ReferenceClassifier } from '../model/reference-set.ts';
import { randomSource } from '../statistics/random.ts';
import { rocAuc, type RocAuc } from '../statistics/roc-auc.ts';
import { stratifiedFolds } from '../statistics/stratified-folds.ts';
import { wilsonInterval, type Interval } from '../statistics/wilson-interval.ts';
import { trainClassifier } from './train-classifier.ts';

export const FOLDS = 5;

/** Divisions into folds whose answers are averaged: a single one of some dozens of models depends on the draw. */
const REPEATS = 3;

export interface CrossValidation {
  readonly correct: number;
  readonly models: number;
  readonly accuracy: number;
  /** Wilson, 95 %. */
  readonly accuracyInterval: Interval;
  readonly auc: RocAuc;
  /** Each model's answer by classifiers that were trained without it, in [0, 1]. */
  readonly answers: Float64Array;
  /** The answer of all these classifiers for a model that none of them was trained on; NaN without one. */
  readonly newcomer: number;
}

/**
 * How well a classifier tells models that it was not trained on: folds in which both labels have their share, answers averaged over repeated
 * divisions. The features come from a decomposition of all models together, which looks at no label; a model under test
 * takes part in the same way when it is scanned. Undefined with fewer models of a label than folds.
 */
export function crossValidate(
  kind: ReferenceClassifier,
  data: readonly Float64Array[],
  labels: ArrayLike<number>,
  seed: number,
  { newcomer, onStep = () => undefined }: { readonly newcomer?: Float64Array; readonly onStep?: () => void } = {},
): CrossValidation | undefined {
  const counts = [0, 1].map((label) => Array.from(labels).filter((one) => one === label).length);
  if (Math.min(...counts) < FOLDS) return undefined;
  const answers = new Float64Array(data.length);
  let sum = 0;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const folds = stratifiedFolds(labels, FOLDS, randomSource(seed, `folds/${repeat}`));
    for (let fold = 0; fold < FOLDS; fold += 1) {
      onStep();
      const inside = Array.from(data.keys()).filter((row) => folds[row] !== fold);
      const answer = trainClassifier(kind, inside.map((row) => data[row] as Float64Array), inside.map((row) => labels[row] as number), randomSource(seed, `training/${repeat}/${fold}`));
      for (const [row, features] of data.entries()) if (folds[row] === fold) answers[row] = (answers[row] as number) + answer(features) / REPEATS;
      if (newcomer !== undefined) sum += answer(newcomer);
    }
  }
  for (const [row, answer] of answers.entries()) answers[row] = rounded(answer);
  const of = (label: number): number[] => Array.from(answers).filter((_, row) => labels[row] === label);
  const auc = rocAuc(of(1), of(0));
  if (auc === undefined) return undefined;
  const correct = Array.from(answers).filter((answer, row) => (answer > 0.5 ? 1 : 0) === labels[row]).length;
  return {
    correct, models: data.length, accuracy: correct / data.length, accuracyInterval: wilsonInterval(correct, data.length), auc, answers,
    newcomer: newcomer === undefined ? NaN : rounded(sum / (REPEATS * FOLDS)),
  };
}

/**
 * Answers less than a thousandth apart are the same one: a boosted classifier that is certain of all clean models gives them
 * answers that differ in the sixth digit by nothing but the fold, and a rank among those would mean nothing.
 */
function rounded(answer: number): number {
  return Math.round(1000 * answer) / 1000;
}
