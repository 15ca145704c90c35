export interface ScoredSamples {
  readonly ids: readonly string[];
  readonly scores: Float64Array;
  readonly suspects: readonly { readonly index: number; readonly reason: string }[];
}

/**
 * Scores with all suspects in the order of their scores; equal ones keep the order of the dataset. A report names the first of them, but a quarantine
 * that left some out would leave the backdoor in.
 */
export function sampleScores(ids: readonly string[], scores: Float64Array, suspects: readonly number[], reason: (index: number) => string): ScoredSamples {
  const order = [...suspects].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  return { ids, scores, suspects: order.map((index) => ({ index, reason: reason(index) })) };
}
