import type { DetectContext } from '../../src/detectors/detector.ts';
import { randomSource } from '../../src/statistics/random.ts';

/** A context as the runner gives it, with all the time in the world unless told otherwise. */
export function detectContext(rest: Partial<DetectContext> & { readonly seed?: number } = {}): DetectContext {
  const { seed = 0, ...given } = rest;
  return {
    random: (label) => randomSource(seed, label),
    signal: new AbortController().signal,
    outOfTime: () => false,
    progress: () => undefined,
    suspiciousInputs: [],
    results: [],
    sampleScores: [],
    pictures: [],
    ...given,
  };
}
