/** `count` of `items`, evenly spaced from the first to the last: neighbours are often frames of one film. */
export function evenlySpaced<T>(items: readonly T[], count: number): readonly T[] {
  if (count >= items.length) return items;
  if (count <= 0) return [];
  return Array.from({ length: count }, (_, index) => items[Math.floor(((index + 0.5) * items.length) / count)] as T);
}

/**
 * At most `limit` items, as evenly over the groups as their sizes allow, evenly spaced within each group and in their
 * old order. With more groups than `limit`, evenly spaced groups give one each.
 */
export function spreadOverGroups<T>(items: readonly T[], groupOf: (item: T) => number, limit: number): readonly T[] {
  if (items.length <= limit) return items;
  const groups = new Map<number, number[]>();
  for (const [index, item] of items.entries()) {
    const group = groupOf(item);
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [index]);
    else members.push(index);
  }
  const ordered = evenlySpaced([...groups.entries()].sort(([first], [second]) => first - second).map(([, members]) => members), limit);
  const quotas = shares(ordered.map((members) => members.length), limit);
  const chosen = ordered.flatMap((members, group) => evenlySpaced(members, quotas[group] ?? 0));
  return chosen.sort((first, second) => first - second).map((index) => items[index] as T);
}

/** Shares `limit` among groups of the given sizes: equal where possible, what small groups leave goes to the others. */
function shares(sizes: readonly number[], limit: number): readonly number[] {
  const quotas = sizes.map(() => 0);
  const bySize = sizes.map((_, group) => group).sort((first, second) => (sizes[first] ?? 0) - (sizes[second] ?? 0) || first - second);
  let left = limit;
  for (const [rank, group] of bySize.entries()) {
    const quota = Math.min(sizes[group] ?? 0, Math.floor(left / (bySize.length - rank)));
    quotas[group] = quota;
    left -= quota;
  }
  return quotas;
}
