/**
 * A hypothesis about what a trigger does to predictions: everything goes to one class, or each class goes to a class of
 * its own. `destination[c]` is where images of class c go; −1 where the hypothesis says nothing.
 */
export interface LabelEffect {
  readonly kind: 'all-to-one' | 'all-to-all';
  readonly destination: Int32Array;
}

export interface Counts {
  readonly successes: number;
  readonly trials: number;
}

/** Share of classes that must move, and of destinations that must differ, for a label map to count as all-to-all. */
const ALL_TO_ALL_MOVED_SHARE = 0.6;
const ALL_TO_ALL_DISTINCT_SHARE = 0.6;
/** A class counts as moved when most of its images agree on one other class. */
const MOVED_MAJORITY = 0.5;
/** With two classes "each to another" and "swapped" are one and the same; three is the least that can rotate. */
const MINIMUM_CLASSES_FOR_ALL_TO_ALL = 3;

export function allToOne(target: number, classCount: number): LabelEffect {
  const destination = new Int32Array(classCount).fill(target);
  destination[target] = -1;
  return { kind: 'all-to-one', destination };
}

/** The class that everything goes to; undefined where each class goes to its own. */
export function targetOf({ kind, destination }: LabelEffect): number | undefined {
  return kind === 'all-to-one' ? destination.indexOf(-1) : undefined;
}

/** How many of the images went where the effect says. `before` and `after` are predictions without and with the trigger. */
export function countEffect(effect: LabelEffect, before: ArrayLike<number>, after: ArrayLike<number>): Counts {
  let successes = 0;
  let trials = 0;
  for (let image = 0; image < before.length; image += 1) {
    const wanted = effect.destination[before[image] as number] ?? -1;
    // Images of the target class cannot be sent there; a class that an all-to-all map leaves out is a failure of the map.
    if (wanted < 0 && effect.kind === 'all-to-one') continue;
    trials += 1;
    if (wanted >= 0 && after[image] === wanted) successes += 1;
  }
  return { successes, trials };
}

/** Rate of images of other classes that end in each class; entry c is 0 when there is none of another class. */
export function pullTowardsClasses(classCount: number, before: ArrayLike<number>, after: ArrayLike<number>): Float64Array {
  const arrivals = new Float64Array(classCount);
  const natives = new Float64Array(classCount);
  for (let image = 0; image < before.length; image += 1) {
    const from = before[image] as number;
    const to = after[image] as number;
    natives[from] = (natives[from] as number) + 1;
    if (to !== from && to >= 0) arrivals[to] = (arrivals[to] as number) + 1;
  }
  return arrivals.map((count, index) => {
    const others = before.length - (natives[index] as number);
    return others === 0 ? 0 : count / others;
  });
}

/** Learns from predictions where each class goes; undefined unless most classes move, and to different classes. */
export function learnAllToAll(classCount: number, before: ArrayLike<number>, after: ArrayLike<number>): LabelEffect | undefined {
  if (classCount < MINIMUM_CLASSES_FOR_ALL_TO_ALL) return undefined;
  const table = new Map<number, Map<number, number>>();
  for (let image = 0; image < before.length; image += 1) {
    const row = table.get(before[image] as number) ?? new Map<number, number>();
    row.set(after[image] as number, (row.get(after[image] as number) ?? 0) + 1);
    table.set(before[image] as number, row);
  }
  const destination = new Int32Array(classCount).fill(-1);
  const used = new Set<number>();
  let moved = 0;
  for (const [from, row] of [...table].sort(([a], [b]) => a - b)) {
    const total = [...row.values()].reduce((sum, count) => sum + count, 0);
    const [to, count] = [...row].sort(([a, x], [b, y]) => y - x || a - b)[0] ?? [-1, 0];
    if (to < 0 || to === from || count <= MOVED_MAJORITY * total) continue;
    destination[from] = to;
    used.add(to);
    moved += 1;
  }
  if (moved < Math.max(ALL_TO_ALL_MOVED_SHARE * table.size, MINIMUM_CLASSES_FOR_ALL_TO_ALL - 1)) return undefined;
  if (used.size < Math.max(ALL_TO_ALL_DISTINCT_SHARE * moved, 2)) return undefined;
  return { kind: 'all-to-all', destination };
}
