import { leadingEnergy } from '../../statistics/leading-energy.ts';
import type { WeightMatrix } from './weight-layers.ts';

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

/**
 * Measures later − earlier. What was set to exactly zero is pruned, not written, and no part of the update: an attacker
 * writes numbers. Undefined where a value is not finite. The matrices have one shape.
 */
export function updateShape(earlier: WeightMatrix, later: WeightMatrix): UpdateShape | undefined {
  const { rows, columns } = earlier;
  const update = new Float32Array(rows * columns);
  const rowEnergy = new Float64Array(rows);
  const columnEnergy = new Float64Array(columns);
  let [before, pruned] = [0, 0];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      const [from, to] = [earlier.values[at] as number, later.values[at] as number];
      if (!Number.isFinite(from) || !Number.isFinite(to)) return undefined;
      before += from * from;
      if (to === 0) {
        if (from !== 0) pruned += 1;
        continue;
      }
      const change = to - from;
      update[at] = change;
      const energy = change * change;
      rowEnergy[row] = (rowEnergy[row] as number) + energy;
      columnEnergy[column] = (columnEnergy[column] as number) + energy;
    }
  }
  const total = rowEnergy.reduce((sum, energy) => sum + energy, 0);
  const [first = 0, second = 0] = leadingEnergy(update, rows, columns, 2);
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

function participation(energies: Float64Array, total: number): number {
  let squares = 0;
  for (const energy of energies) squares += energy * energy;
  return squares === 0 ? 0 : (total * total) / squares;
}

function largestOf(energies: Float64Array): number {
  return energies.reduce((best, energy, place) => (energy > (energies[best] as number) ? place : best), 0);
}
