import { rowsByClass } from '../../poisoning/rows-by-class.ts';
import { median } from '../../statistics/median.ts';
import { wilsonInterval } from '../../statistics/wilson-interval.ts';

/** Fewer conflicts or repetitions beyond the usual are mistakes that every collection has. */
const LEAST_CONFLICTS = 4;
const LEAST_REPETITIONS = 8;

export interface DuplicateClass {
  readonly label: number;
  readonly kind: 'conflict' | 'repetition';
  /** Lower bound of the share of the class, less what is ordinary. */
  readonly strength: number;
  readonly rows: readonly number[];
  readonly size: number;
  /** The label that most of the near copies have. */
  readonly other: number;
  /** Largest group of repetitions in the median class. */
  readonly usual: number;
  readonly example: readonly [number, number];
}

export interface DuplicateClasses {
  add(a: number, b: number, isRepetition: boolean): void;
  conflicting(): number;
  /** The strongest first, two entries a class. */
  judged(): readonly DuplicateClass[];
}

/** What near copies say about each class. In a table of few different values (`areRows`) equal rows are ordinary, and conflicts among them too. */
export function duplicateClasses(labels: readonly number[], classCount: number, areRows: boolean, minimumClass: number): DuplicateClasses {
  const conflictOf = new Int32Array(labels.length).fill(-1);
  const twinOf = new Int32Array(labels.length).fill(-1);
  const parent = Int32Array.from(labels, (_, row) => row);
  const root = (row: number): number => {
    let at = row;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number;
      at = parent[at] as number;
    }
    return at;
  };
  return {
    add(a, b, isRepetition) {
      if (labels[a] !== labels[b]) {
        if (conflictOf[a] === -1) conflictOf[a] = b;
        if (conflictOf[b] === -1) conflictOf[b] = a;
      } else if (isRepetition) {
        if (twinOf[a] === -1) twinOf[a] = b;
        if (twinOf[b] === -1) twinOf[b] = a;
        const [low, high] = [root(a), root(b)].sort((x, y) => x - y) as [number, number];
        parent[high] = low;
      }
    },
    conflicting: () => conflictOf.reduce((count, other) => count + (other === -1 ? 0 : 1), 0),
    judged() {
      const groups = new Map<number, number[]>();
      for (let row = 0; row < labels.length; row += 1) {
        if (twinOf[row] === -1) continue;
        const its = groups.get(root(row));
        if (its === undefined) groups.set(root(row), [row]);
        else its.push(row);
      }
      const largest = Array.from({ length: classCount }, (): readonly number[] => []);
      for (const rows of groups.values()) if (rows.length > (largest[labels[rows[0] as number] as number]?.length ?? 0)) largest[labels[rows[0] as number] as number] = rows;
      const classes = rowsByClass(labels, classCount).map((rows, label) => ({ label, rows })).filter(({ rows }) => rows.length >= minimumClass);
      const usual = median(classes.map(({ label }) => largest[label]?.length ?? 0)) ?? 0;
      const repeated = classes.map(({ rows }) => rows.filter((row) => twinOf[row] !== -1).length);
      const judged = classes.flatMap(({ label, rows }, place): DuplicateClass[] => {
        const size = rows.length;
        const elsewhere = repeated.reduce((sum, count, at) => sum + (at === place ? 0 : count), 0) / Math.max(1, labels.length - size);
        const ordinary = areRows ? elsewhere : 0;
        const conflicts = rows.filter((row) => conflictOf[row] !== -1);
        const copies = largest[label] ?? [];
        const excess = Math.floor(Math.max(0, copies.length - usual));
        const lowerBound = (count: number, least: number): number => (count < least ? 0 : wilsonInterval(count, size).low - ordinary);
        const common = { label, size, usual, other: mostFrequent(conflicts.map((row) => labels[conflictOf[row] as number] as number)) };
        return [
          { ...common, kind: 'conflict', strength: lowerBound(conflicts.length, LEAST_CONFLICTS), rows: conflicts, example: [conflicts[0] ?? -1, conflictOf[conflicts[0] ?? -1] ?? -1] },
          { ...common, kind: 'repetition', strength: lowerBound(excess, LEAST_REPETITIONS), rows: copies, example: [copies[0] ?? -1, copies[1] ?? -1] },
        ];
      });
      return judged.sort((a, b) => b.strength - a.strength || a.label - b.label);
    },
  };
}

function mostFrequent(labels: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [-1, 0] as readonly [number, number])[0];
}
