/** Count, mean and variance of numbers seen one by one (Welford 1962); what is not finite is left out. */
export interface RunningMoments {
  readonly count: number;
  readonly mean: number;
  /** Of the sample, divided by count − 1; 0 for fewer than two. */
  readonly variance: number;
  add(value: number): void;
}

export function runningMoments(): RunningMoments {
  let [count, mean, squares] = [0, 0, 0];
  return {
    get count() {
      return count;
    },
    get mean() {
      return mean;
    },
    get variance() {
      return count < 2 ? 0 : squares / (count - 1);
    },
    add(value) {
      if (!Number.isFinite(value)) return;
      count += 1;
      const before = value - mean;
      mean += before / count;
      squares += before * (value - mean);
    },
  };
}
