import { principalDirections } from '../decompositions/principal-directions.ts';
import { bestSplit } from '../statistics/best-split.ts';
import { MAD_TO_SIGMA } from '../statistics/anomaly-index.ts';
import { median, medianAbsoluteDeviation } from '../statistics/median.ts';

/** Directions tried a class: a pattern shared by a hundredth of a class comes first among what is left after whitening, or second. */
const DIRECTIONS = 3;

/** A subgroup smaller than this share of the half it is looked for in, or than three, is a coincidence. */
const SMALLEST_SHARE = 0.02;
const SMALLEST_GROUP = 3;

/** Beyond this many deviations from the other classes, farther is no more convincing. */
export const FAR_ENOUGH = 10;

/** A direction in which a part of one class lies apart. */
export interface RecurringPattern {
  /** Separation times distance: what both halves of the class agree on at least. */
  readonly strength: number;
  /** Distance of the two groups in deviations within them, the lesser of the two halves. */
  readonly separation: number;
  /** Distance of the suspicious group from the other classes, in their deviations. */
  readonly distance: number;
  /** How far a vector lies along the pattern, in deviations of the other classes; large is suspicious. */
  along(vector: Float32Array, half: 0 | 1 | 'both'): number;
  /** Values of {@link along} above it belong to the subgroup. */
  readonly threshold: number;
}

interface Side {
  readonly mean: Float64Array;
  readonly direction: Float64Array;
  readonly center: number;
  readonly scale: number;
  readonly sign: 1 | -1;
  readonly separation: number;
  readonly distance: number;
  readonly threshold: number;
}

/**
 * Looks for a pattern that a part of a class shares and other classes do not have. Each half of the class proposes directions (its principal ones)
 * and the other half judges them: what is the noise of one half is nothing in the other, and a pattern that recurs is in both.
 * `table` holds vectors of `columns` numbers; `halves` and `others` are rows of it.
 */
export function recurringPattern(table: Float32Array, columns: number, halves: readonly [readonly number[], readonly number[]], others: readonly number[]): RecurringPattern | undefined {
  const proposals = halves.map((half) => principalDirections(table, columns, half, DIRECTIONS));
  let best: RecurringPattern | undefined;
  for (let k = 0; k < DIRECTIONS; k += 1) {
    const sides: Side[] = [];
    for (const judged of [0, 1] as const) {
      const proposal = proposals[1 - judged];
      const direction = proposal?.directions[k];
      if (proposal === undefined || direction === undefined) break;
      const side = judge(table, columns, halves[judged], others, proposal.mean, direction);
      if (side !== undefined) sides.push(side);
    }
    const [first, second] = sides;
    if (first === undefined || second === undefined) continue;
    const separation = Math.min(first.separation, second.separation);
    const distance = Math.min(first.distance, second.distance);
    const strength = separation * Math.min(distance, FAR_ENOUGH);
    if (best !== undefined && strength <= best.strength) continue;
    best = {
      strength, separation, distance,
      threshold: (first.threshold + second.threshold) / 2,
      along: (vector, half) => (half === 'both' ? (project(first, vector) + project(second, vector)) / 2 : project(half === 0 ? first : second, vector)),
    };
  }
  return best;
}

function judge(table: Float32Array, columns: number, half: readonly number[], others: readonly number[], mean: Float64Array, direction: Float64Array): Side | undefined {
  const raw = (row: number): number => along(table, row * columns, mean, direction);
  const foreign = others.map(raw);
  const center = median(foreign);
  const scale = MAD_TO_SIGMA * (medianAbsoluteDeviation(foreign) ?? 0);
  if (center === undefined || !(scale > 0) || !Number.isFinite(center)) return undefined;
  const own = half.map((row) => (raw(row) - center) / scale);
  const split = bestSplit(own, Math.max(SMALLEST_GROUP, Math.floor(SMALLEST_SHARE * own.length)));
  if (split === undefined) return undefined;
  // The group that is farther from what other classes look like is the one with something added.
  const sign = Math.abs(split.upperMean) >= Math.abs(split.lowerMean) ? 1 : -1;
  return {
    mean, direction, center, scale, sign,
    separation: split.separation,
    distance: Math.max(Math.abs(split.upperMean), Math.abs(split.lowerMean)),
    threshold: sign * split.threshold,
  };
}

function project({ mean, direction, center, scale, sign }: Side, vector: Float32Array): number {
  return (sign * (along(vector, 0, mean, direction) - center)) / scale;
}

function along(values: Float32Array, from: number, mean: Float64Array, direction: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < direction.length; at += 1) sum += ((values[from + at] as number) - (mean[at] as number)) * (direction[at] as number);
  return sum;
}
