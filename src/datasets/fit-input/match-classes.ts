/** Samples of a class, on average, before matching is tried: half of them find the matching, the other half judge it. */
const MIN_SAMPLES_PER_CLASS = 4;

export interface MatchedClasses {
  /** Label → class. */
  readonly classOf: ReadonlyMap<number, number>;
  /** Share of the samples not used for the matching whose renumbered label is the predicted class. */
  readonly heldOutAccuracy: number;
}

/**
 * Finds the one-to-one renumbering of labels that the predictions ask for: pairs of label and predicted class are taken
 * in the order of how often they occur. It is found on the first half of the samples (in trial order, which is balanced)
 * and judged on the second, because with few samples a class some renumbering fits anything. Undefined when there are
 * too few samples or nothing would change.
 */
export function matchClasses(labels: readonly number[], predicted: ArrayLike<number>): MatchedClasses | undefined {
  const half = Math.ceil(labels.length / 2);
  const found = new Set(labels);
  if (labels.length < MIN_SAMPLES_PER_CLASS * found.size) return undefined;
  const votes = new Map<string, { readonly label: number; readonly answer: number; count: number }>();
  for (let index = 0; index < half; index += 1) {
    const [label, answer] = [labels[index] ?? -1, predicted[index] ?? -1];
    if (answer < 0) return undefined;
    const pair = votes.get(`${label}/${answer}`) ?? { label, answer, count: 0 };
    pair.count += 1;
    votes.set(`${label}/${answer}`, pair);
  }
  const classOf = new Map<number, number>();
  const taken = new Set<number>();
  const ranked = [...votes.values()].sort((first, second) => second.count - first.count || first.label - second.label || first.answer - second.answer);
  for (const { label, answer } of ranked) {
    if (classOf.has(label) || taken.has(answer)) continue;
    classOf.set(label, answer);
    taken.add(answer);
  }
  if (classOf.size < found.size || [...classOf].every(([label, answer]) => label === answer)) return undefined;
  const right = labels.slice(half).filter((label, index) => classOf.get(label) === predicted[half + index]).length;
  return { classOf, heldOutAccuracy: right / (labels.length - half) };
}

/** Share of samples that carry the most frequent label of their predicted class: high when only the numbering is off. */
export function purity(labels: readonly number[], predicted: ArrayLike<number>): number {
  const counts = new Map<number, Map<number, number>>();
  for (const [index, label] of labels.entries()) {
    const row = counts.get(predicted[index] ?? -1) ?? new Map<number, number>();
    row.set(label, (row.get(label) ?? 0) + 1);
    counts.set(predicted[index] ?? -1, row);
  }
  return [...counts.values()].reduce((sum, row) => sum + Math.max(...row.values()), 0) / labels.length;
}
