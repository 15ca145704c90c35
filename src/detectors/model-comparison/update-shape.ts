import { leadingEnergy } from '../../statistics/leading-energy.ts';
import { mixedInteger } from './mixed-integer.ts';
import type { WeightLayer } from './weight-layers.ts';

/** What one layer's update looks like. Shares are of the update's energy, its squared norm. */
export interface UpdateShape {
  /** ‖update‖ / ‖earlier weights‖. */
  readonly relativeNorm: number;
  /** In the strongest singular direction, and in the strongest two. */
  readonly leading: readonly [number, number];
  /** How many rows and columns carry the update: (Σe)² / Σe², from 1 to their count. */
  readonly effectiveRows: number;
  readonly effectiveColumns: number;
  /** Share of the entries that were set to zero. */
  readonly prunedShare: number;
  /** The row that changed most and its share, and the column. */
  readonly topRow: number;
  readonly topRowShare: number;
  readonly topColumn: number;
}

/** Entries of an update that is held as a whole, 16 MiB; of a larger one only its projection is. */
const MAX_HELD_ENTRIES = 2 ** 22;

/** Random directions a large update is projected on: what is of rank one or two stays so, and what is not keeps something outside of two. */
const DIRECTIONS = 8;

/** Why there is no shape: a value that is not finite, or time that ran out. */
export type Shapeless = 'not finite' | 'out of time';

/**
 * Measures later − earlier, read side by side in one pass. What was set to exactly zero is pruned, not written, and no part of
 * the update: an attacker writes numbers. The layers have one shape. `maxHeldEntries` is for tests.
 */
export async function updateShape(earlier: WeightLayer, later: WeightLayer, goOn: () => boolean = () => true, maxHeldEntries = MAX_HELD_ENTRIES): Promise<UpdateShape | Shapeless> {
  const { rows, columns } = earlier;
  const isHeld = rows * columns <= maxHeldEntries;
  // The update itself, or its product with random signs: [rows, columns] or [rows, DIRECTIONS].
  const width = isHeld ? columns : DIRECTIONS;
  const matrix = isHeld ? new Float32Array(rows * columns) : new Float64Array(rows * DIRECTIONS);
  const rowEnergy = new Float64Array(rows);
  const columnEnergy = new Float64Array(columns);
  let [before, pruned, row, column] = [0, 0, 0, 0];
  const laterPieces = later.pieces();
  try {
    for await (const was of earlier.pieces()) {
      if (!goOn()) return 'out of time';
      const { value: is } = await laterPieces.next();
      if (is?.length !== was.length) throw new RangeError('The two layers do not have one shape.');
      for (let at = 0; at < was.length; at += 1) {
        const [from, to] = [was[at] as number, is[at] as number];
        if (!Number.isFinite(from) || !Number.isFinite(to)) return 'not finite';
        before += from * from;
        if (to === 0) pruned += from === 0 ? 0 : 1;
        else if (to !== from) {
          const change = to - from;
          rowEnergy[row] = (rowEnergy[row] as number) + change * change;
          columnEnergy[column] = (columnEnergy[column] as number) + change * change;
          if (isHeld) matrix[row * width + column] = change;
          else project(matrix, row, column, change);
        }
        column += 1;
        if (column === columns) [row, column] = [row + 1, 0];
      }
    }
  } finally {
    await laterPieces.return();
  }
  const total = rowEnergy.reduce((sum, energy) => sum + energy, 0);
  const [first = 0, second = 0] = leadingEnergy(matrix, rows, width, 2);
  const topRow = largestOf(rowEnergy);
  return {
    relativeNorm: before === 0 ? 0 : Math.sqrt(total / before),
    leading: [first, second],
    effectiveRows: participation(rowEnergy, total),
    effectiveColumns: participation(columnEnergy, total),
    prunedShare: pruned / (rows * columns),
    topRow,
    topRowShare: total === 0 ? 0 : (rowEnergy[topRow] as number) / total,
    topColumn: largestOf(columnEnergy),
  };
}

/** Adds one entry's part of the product with a matrix of random signs, eight bits of a hash of the column. */
function project(matrix: Float32Array | Float64Array, row: number, column: number, change: number): void {
  const signs = mixedInteger(column);
  for (let direction = 0; direction < DIRECTIONS; direction += 1) {
    const at = row * DIRECTIONS + direction;
    matrix[at] = (matrix[at] as number) + ((signs >>> (direction + SIGN_BITS)) % 2 === 0 ? change : -change);
  }
}

/** The middle bits of the hash are mixed best. */
const SIGN_BITS = 12;

function participation(energies: Float64Array, total: number): number {
  let squares = 0;
  for (const energy of energies) squares += energy * energy;
  return squares === 0 ? 0 : (total * total) / squares;
}

function largestOf(energies: Float64Array): number {
  return energies.reduce((best, energy, place) => (energy > (energies[best] as number) ? place : best), 0);
}
