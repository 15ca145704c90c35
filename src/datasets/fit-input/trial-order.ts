/**
 * An order of samples in which every prefix holds the classes as evenly as it can: the first of each class, then the
 * second of each ... Without labels: a stride through the samples, which lie sorted by name.
 */
export function trialOrder(count: number, labels: Int32Array | undefined): readonly number[] {
  if (labels === undefined) return strided(count);
  const seen = new Map<number, number>();
  const ranks = Array.from(labels, (label) => {
    const rank = seen.get(label) ?? 0;
    seen.set(label, rank + 1);
    return rank;
  });
  return Array.from({ length: count }, (_, index) => index).sort((first, second) => (ranks[first] ?? 0) - (ranks[second] ?? 0) || first - second);
}

/** Sorted by the fractional part of index · golden ratio: the indexes below any bound are spread over the whole range. */
function strided(count: number): readonly number[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Array.from({ length: count }, (_, index) => ({ index, key: (index * golden) % 1 }))
    .sort((first, second) => first.key - second.key)
    .map(({ index }) => index);
}
