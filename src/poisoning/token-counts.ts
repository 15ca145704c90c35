/** Different tokens kept at once: about 200 MB of strings and counts for ten classes (CWE-770). */
const MAX_TOKENS = 2 ** 20;

export interface TokenCounts {
  readonly size: number;
  add(token: string, label: number): void;
  /** Samples of each class that hold the token; undefined where it was never seen or has been forgotten as rare. */
  get(token: string): number[] | undefined;
  entries(): IterableIterator<[string, number[]]>;
}

/**
 * Counts tokens by class in bounded memory: when there are too many, those seen least are forgotten (lossy counting, Manku and Motwani, VLDB 2002). What is
 * left out can only be a token that is rare for the size of the dataset.
 */
export function tokenCounts(classCount: number): TokenCounts {
  const counts = new Map<string, number[]>();
  let floor = 1;
  return {
    get size() {
      return counts.size;
    },
    add(token, label) {
      let mine = counts.get(token);
      if (mine === undefined) {
        if (counts.size >= MAX_TOKENS) {
          for (const [old, its] of counts) if (its.reduce((sum, one) => sum + one, 0) <= floor) counts.delete(old);
          floor += 1;
        }
        mine = new Array<number>(classCount).fill(0);
        counts.set(token, mine);
      }
      mine[label] = (mine[label] ?? 0) + 1;
    },
    get: (token) => counts.get(token),
    entries: () => counts.entries(),
  };
}

/** The class that most samples of a token have, how many samples it is in, and how many of these have that class. */
export function majorityOf(counts: readonly number[]): { readonly label: number; readonly carriers: number; readonly agreeing: number } {
  const label = counts.reduce((best, one, at) => (one > (counts[best] as number) ? at : best), 0);
  return { label, carriers: counts.reduce((sum, one) => sum + one, 0), agreeing: counts[label] as number };
}
