import { MAD_TO_SIGMA } from '../../statistics/anomaly-index.ts';
import { median, medianAbsoluteDeviation } from '../../statistics/median.ts';

/** Points in each of the windows that are compared: a spike of fewer than half of them moves no median. */
const LEAST_WINDOW = 6;
const WINDOW_SHARE = 0.1;

/** Share of a run, from its start on, in which norms rise and fall by themselves. */
const SETTLING = 0.15;

/** Rise on the logarithmic scale (a quarter) below which a shift counts in proportion only: it may be sure and still mean nothing. */
const TELLING_RISE = 0.22;

/** Spread below which a curve is smoother than any training. */
const LEAST_SPREAD = 0.02;

/** Standard error of a median in standard errors of a mean, for two windows and differences of neighbouring points. */
const MEDIAN_ERROR = 1.25;

/** Of the noise of the whole run: a few points that happen to agree do not make a curve smooth. */
const LEAST_LOCAL_SHARE = 0.5;

export interface LevelShift {
  /** Place of the first point after it. */
  readonly at: number;
  /** Medians before and after. */
  readonly before: number;
  readonly after: number;
  /** Rise of the median, in deviations that the noise of the curve gives such rises. */
  readonly strength: number;
}

/**
 * The largest lasting rise of a positive curve: the medians of its logarithm before and after each point, in deviations that come from how much neighbouring
 * points before it differ. What all rises of a drifting curve have in common is taken out. `isExcused` leaves out places where a rise has another cause. Undefined for fewer points than the windows need.
 */
export function levelShift(values: ArrayLike<number>, isExcused: (from: number, to: number) => boolean): LevelShift | undefined {
  const logs = Float64Array.from(values, (value) => Math.log(value));
  const window = Math.max(LEAST_WINDOW, Math.round(WINDOW_SHARE * logs.length));
  const medians = Array.from({ length: Math.max(0, logs.length - window + 1) }, (_, from) => median(logs.subarray(from, from + window)) as number);
  const first = Math.max(window, Math.ceil(SETTLING * logs.length));
  const usual = Math.max(0, median(medians.slice(first).map((after, index) => after - (medians[first + index - window] as number))) ?? 0);
  const least = Math.max(LEAST_SPREAD, LEAST_LOCAL_SHARE * jumpiness(logs.subarray(first - window), window));
  let best: LevelShift | undefined;
  for (let at = first; at < medians.length; at += 1) {
    if (isExcused(at - window, at + window - 1)) continue;
    const [before, after] = [medians[at - window], medians[at]] as [number, number];
    const rise = Math.max(0, after - before - usual);
    const spread = Math.max(least, jumpiness(logs.subarray(Math.max(0, at - 2 * window), at), window));
    const strength = (rise / spread) * Math.min(1, rise / TELLING_RISE);
    if (best === undefined || strength > best.strength) best = { at, before: Math.exp(before), after: Math.exp(after), strength };
  }
  return best;
}

/** What medians of two windows of a level curve differ by, from the differences of its neighbouring points. */
function jumpiness(logs: Float64Array, window: number): number {
  const steps = logs.subarray(1).map((value, index) => value - (logs[index] as number));
  return (MAD_TO_SIGMA * MEDIAN_ERROR * (medianAbsoluteDeviation(steps) ?? 0)) / Math.sqrt(window);
}
