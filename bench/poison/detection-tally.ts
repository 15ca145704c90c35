import { wilsonInterval } from '../../src/statistics/wilson-interval.ts';

/** Counts, by whatever the sets are told apart by, how many were found and how well their samples were ranked. */
export function detectionTally() {
  const tallies = new Map<string, { found: number; all: number; aucs: number[] }>();
  return {
    add(keys: readonly string[], isFound: boolean, auc: number | undefined): void {
      for (const key of keys) {
        const tally = tallies.get(key) ?? { found: 0, all: 0, aucs: [] };
        tally.found += isFound ? 1 : 0;
        tally.all += 1;
        if (auc !== undefined) tally.aucs.push(auc);
        tallies.set(key, tally);
      }
    },
    /** A line a key, in their order. */
    lines(): readonly string[] {
      return [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, { found, all, aucs }]) => {
        const { low, high } = wilsonInterval(found, all);
        return `${key}: flagged ${String(found)} of ${String(all)} (${low.toFixed(2)} to ${high.toFixed(2)})${aucs.length === 0 ? '' : `, mean AUC ${(aucs.reduce((sum, one) => sum + one, 0) / aucs.length).toFixed(3)}`}`;
      });
    },
  };
}
