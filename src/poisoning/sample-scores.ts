/** Suspects named one by one: a person looks at hundreds at most, and a list of a million reasons is a report nobody opens. */
export const MAX_SUSPECTS = 10_000;

export interface ScoredSamples {
  readonly ids: readonly string[];
  readonly scores: Float64Array;
  readonly suspects: readonly { readonly index: number; readonly reason: string }[];
}

/** Scores with the suspects in the order of their scores. Equal ones keep the order of the dataset. */
export function sampleScores(ids: readonly string[], scores: Float64Array, suspects: readonly number[], reason: (index: number) => string): ScoredSamples {
  const order = [...suspects].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b).slice(0, MAX_SUSPECTS);
  return { ids, scores, suspects: order.map((index) => ({ index, reason: reason(index) })) };
}
