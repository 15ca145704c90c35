import { principalDirections } from '../decompositions/principal-directions.ts';
import { bestSplit } from '../statistics/best-split.ts';

/** A direction that has not settled by then flips between two equally good splits. */
const MAX_ROUNDS = 30;

export interface Subgroups {
  /** Log-likelihood gained by two means instead of one, in a space where the class has unit covariance. */
  readonly gain: number;
  /** Distance of the two means. */
  readonly distance: number;
  /** Rows of the smaller group. */
  readonly smaller: readonly number[];
  readonly larger: readonly number[];
  /** By row of the class: how far along the line from the larger group's mean to the smaller one's, 0 at one and 1 at the other. */
  readonly along: Float64Array;
}

/**
 * Splits a class in two where that explains it best: the means of two normal groups with the same, known covariance (the table is whitened),
 * alternating between the best cut along a direction and the direction between the means of the groups, as SCAn does. Undefined when nothing can be split.
 */
export function twoSubgroups(table: Float32Array, width: number, rows: readonly number[], minimum: number): Subgroups | undefined {
  const [start] = principalDirections(table, width, rows, 1).directions;
  if (start === undefined) return undefined;
  let direction = start;
  let upper: readonly boolean[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const values = Float64Array.from(rows, (row) => dot(table, row * width, direction));
    const split = bestSplit(values, minimum);
    if (split === undefined) return undefined;
    const next = Array.from(values, (value) => value > split.threshold);
    const same = next.every((isUpper, at) => isUpper === upper[at]);
    upper = next;
    direction = differenceOf(table, width, rows, upper);
    if (same) break;
  }
  const [above, below] = [rows.filter((_, at) => upper[at] === true), rows.filter((_, at) => upper[at] !== true)];
  const squared = direction.reduce((sum, value) => sum + value * value, 0);
  if (!(squared > 0)) return undefined;
  const isUpperSmaller = above.length <= below.length;
  const sums = Float64Array.from(rows, (row) => dot(table, row * width, direction) / squared);
  const lowerMean = sums.reduce((sum, value, at) => (upper[at] === true ? sum : sum + value), 0) / below.length;
  return {
    gain: (above.length * below.length * squared) / rows.length / 2,
    distance: Math.sqrt(squared),
    smaller: isUpperSmaller ? above : below,
    larger: isUpperSmaller ? below : above,
    along: sums.map((value) => (isUpperSmaller ? value - lowerMean : 1 - (value - lowerMean))),
  };
}

function dot(table: Float32Array, from: number, direction: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < direction.length; c += 1) sum += (table[from + c] as number) * (direction[c] as number);
  return sum;
}

function differenceOf(table: Float32Array, width: number, rows: readonly number[], upper: readonly boolean[]): Float64Array {
  const difference = new Float64Array(width);
  const count = upper.filter(Boolean).length;
  for (const [at, row] of rows.entries()) {
    const weight = upper[at] === true ? 1 / count : -1 / (rows.length - count);
    for (let c = 0; c < width; c += 1) difference[c] = (difference[c] as number) + weight * (table[row * width + c] as number);
  }
  return difference;
}
