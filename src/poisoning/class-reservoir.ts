import type { RandomSource } from '../statistics/random.ts';

/** A random part of each class, for statistics that cannot look at everything. */
export interface ClassReservoir<T> {
  offer(label: number, item: () => T): void;
  /** By class; in the order in which they were kept. */
  readonly kept: readonly (readonly T[])[];
  readonly seen: readonly number[];
}

/** Keeps at most `limit` of each class, every member with the same chance (Vitter's algorithm R, 1985). */
export function classReservoir<T>(classCount: number, limit: number, random: RandomSource): ClassReservoir<T> {
  const kept = Array.from({ length: classCount }, (): T[] => []);
  const seen = new Array<number>(classCount).fill(0);
  return {
    kept,
    seen,
    offer(label, item) {
      const list = kept[label];
      if (list === undefined) return;
      const before = seen[label] as number;
      seen[label] = before + 1;
      if (list.length < limit) list.push(item());
      else {
        const place = random.integer(before + 1);
        if (place < limit) list[place] = item();
      }
    },
  };
}
