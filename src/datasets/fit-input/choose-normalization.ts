import type { Normalization } from './normalizations.ts';
import { balanceOf, crossEntropyOf, rightAnswers, type Predictions } from './predictions.ts';

/** One normalization and what the model answers with it. */
export interface Trial {
  readonly normalization: Normalization;
  readonly predictions: Predictions;
}

/**
 * By how many standard errors another normalization must beat the first before it is taken: chance is no reason to
 * change what goes into a model.
 */
const CLEAR_ADVANTAGE = 2;
/** Up to here two normalizations count as equally often right. */
const NO_ADVANTAGE = 1;

/**
 * A network that bears the wrong normalization still loses probability: on the clean models looked at, the right one had
 * at most half the cross-entropy of any other. Below a fiftieth of a nat there is nothing left to lose.
 */
const CLEAR_FACTOR = 2;
const NEGLIGIBLE_CROSS_ENTROPY = 0.02;

/** Without labels: differences in balance that count as equal, and what must be gained in both to leave the first. */
const EQUAL_BALANCE = 0.005;
const CLEAR_GAIN = 0.02;

/**
 * With labels: of the trials about as often right as the best one, the one that gives the labels the most probability
 * (cross-entropy tells neighbours such as CIFAR-10's and ImageNet's statistics apart long before accuracy does). The
 * first trial (the default) is kept unless the winner is right clearly more often, or as often and clearly surer of it.
 */
export function chooseByLabels(trials: readonly [Trial, ...Trial[]], labels: readonly number[]): Trial {
  const [first] = trials;
  const rated = trials.map((trial) => {
    const right = rightAnswers(trial.predictions, labels);
    return { trial, right, count: right.filter(Boolean).length, crossEntropy: crossEntropyOf(trial.predictions, labels) };
  });
  const best = rated.reduce((most, one) => (one.count > most.count ? one : most));
  const [winner] = rated.filter((one) => advantage(best.right, one.right) <= NO_ADVANTAGE).sort((one, other) => one.crossEntropy - other.crossEntropy);
  const start = rated[0];
  if (winner === undefined || start === undefined) return first;
  const gain = advantage(winner.right, start.right);
  const surer = start.crossEntropy > CLEAR_FACTOR * winner.crossEntropy + NEGLIGIBLE_CROSS_ENTROPY;
  return gain > CLEAR_ADVANTAGE || (gain >= 0 && surer) ? winner.trial : first;
}

/** Standard errors by which the first answers are right more often than the second, on the samples they differ about (McNemar 1947). */
function advantage(right: readonly boolean[], other: readonly boolean[]): number {
  const onlyFirst = right.filter((answer, index) => answer && other[index] !== true).length;
  const onlySecond = other.filter((answer, index) => answer && right[index] !== true).length;
  return onlyFirst === onlySecond ? 0 : (onlyFirst - onlySecond) / Math.sqrt(onlyFirst + onlySecond);
}

/**
 * Without labels: a model fed as it was trained spreads its answers over the classes (samples come from all of them)
 * and is sure of each. The most balanced trials are taken, and of those the one with the largest mutual information
 * (Bridle et al. 1991). Sureness alone would reward large inputs, which saturate every network. The first trial is kept
 * unless the winner is clearly both more balanced and surer.
 */
export function chooseByBalance(trials: readonly [Trial, ...Trial[]]): Trial {
  const [first] = trials;
  const rated = trials.filter((trial) => !trial.predictions.classes.includes(-1)).map((trial) => ({ trial, ...balanceOf(trial.predictions) }));
  const best = Math.max(...rated.map((one) => one.marginal));
  const [winner] = rated.filter((one) => one.marginal >= best - EQUAL_BALANCE).sort((one, other) => other.marginal - other.conditional - (one.marginal - one.conditional));
  const start = rated.find((one) => one.trial === first);
  if (winner === undefined) return first;
  if (start === undefined) return winner.trial;
  const clear = winner.marginal - start.marginal > CLEAR_GAIN && start.conditional - winner.conditional > CLEAR_GAIN;
  return clear ? winner.trial : first;
}
