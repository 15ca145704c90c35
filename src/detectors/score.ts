import type { Calibration, Metric } from './detector.ts';

/** The transformed value of a metric; a metric at or below zero has no logarithm and counts as the smallest number there is. */
function transformed(value: number, transform: Calibration['transform']): number {
  return transform === 'identity' ? value : Math.log(Math.max(value, Number.MIN_VALUE));
}

function sideOf(flaggedWhen: Metric['flaggedWhen']): 1 | -1 {
  return flaggedWhen === 'above' ? 1 : -1;
}

/**
 * The calibrated anomaly score in [0, 1] of a detector's metric: a logistic curve through 0.5 at the detector's default
 * threshold, rising towards the side on which the detector flags. NaN stays NaN: the runner makes an error of it.
 */
export function scoreOf(metric: number, calibration: Calibration, flaggedWhen: Metric['flaggedWhen']): number {
  const { slope, threshold, transform } = calibration;
  const distance = transformed(metric, transform) - transformed(threshold, transform);
  return 1 / (1 + Math.exp(-slope * sideOf(flaggedWhen) * distance));
}

/**
 * The metric that has this score: the inverse of {@link scoreOf}, for policies that set thresholds on scores.
 * Throws RangeError unless 0 < score < 1: no finite metric reaches the ends.
 */
export function metricAtScore(score: number, calibration: Calibration, flaggedWhen: Metric['flaggedWhen']): number {
  if (!(score > 0 && score < 1)) throw new RangeError(`A score that a metric can reach lies between 0 and 1, not at ${score}.`);
  const { slope, threshold, transform } = calibration;
  const value = transformed(threshold, transform) + (sideOf(flaggedWhen) * Math.log(score / (1 - score))) / slope;
  return transform === 'identity' ? value : Math.exp(value);
}
