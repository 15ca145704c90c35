import { leadingEnergy } from '../../statistics/leading-energy.ts';
import { mixedInteger } from './mixed-integer.ts';
import type { ElementOrder, WeightLayer } from './weight-layers.ts';

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

/** The middle bits of the hash are mixed best. */
const SIGN_BITS = 12;

/** Why there is no shape: a value that is not finite, or time that ran out. */
export type Shapeless = 'not finite' | 'out of time';

export interface UpdateOptions {
  /** Asked between pieces. */
  readonly goOn?: () => boolean;
  /** Sees what is read: two pieces that begin at the same element, and their order. */
  readonly onPieces?: (was: Float32Array, is: Float32Array, start: number, order: ElementOrder) => void;
  /** For tests. */
  readonly maxHeldEntries?: number;
}

/**
 * Measures later − earlier, read side by side in one pass. What was set to exactly zero is pruned, not written, and no part of
 * the update: an attacker writes numbers. The layers have one shape.
 */
export async function updateShape(earlier: WeightLayer, later: WeightLayer, options: UpdateOptions = {}): Promise<UpdateShape | Shapeless> {
  const { goOn = () => true, onPieces = () => undefined, maxHeldEntries = MAX_HELD_ENTRIES } = options;
  const { rows, columns } = earlier;
  const order = earlier.order === later.order ? earlier.order : 'rows';
  // As the file has them: lines are rows, or columns, and each holds as many places.
  const [lines, places] = order === 'rows' ? [rows, columns] : [columns, rows];
  const isHeld = rows * columns <= maxHeldEntries;
  const update = isHeld ? heldUpdate(rows, columns, order) : projectedUpdate(lines, places);
  const changes = new Float64Array(places);
  const lineEnergy = new Float64Array(lines);
  const placeEnergy = new Float64Array(places);
  let [before, pruned, line, place, start] = [0, 0, 0, 0, 0];
  const laterPieces = later.pieces(order);
  try {
    for await (const was of earlier.pieces(order)) {
      if (!goOn()) return 'out of time';
      const { value: is } = await laterPieces.next();
      if (is?.length !== was.length) throw new RangeError('The two layers do not have one shape.');
      onPieces(was, is, start, order);
      start += was.length;
      for (let at = 0; at < was.length; ) {
        const first = place;
        const end = Math.min(was.length, at + places - place);
        let energy = 0;
        for (; at < end; at += 1, place += 1) {
          const [from, to] = [was[at] as number, is[at] as number];
          // Of two float32 numbers that are finite so is the difference; of any other two it is not.
          const change = to - from;
          if (change - change !== 0) return 'not finite';
          before += from * from;
          if (to === 0) {
            pruned += from === 0 ? 0 : 1;
            changes[place] = 0;
            continue;
          }
          changes[place] = change;
          const square = change * change;
          energy += square;
          placeEnergy[place] = (placeEnergy[place] as number) + square;
        }
        lineEnergy[line] = (lineEnergy[line] as number) + energy;
        update.add(line, first, place, changes);
        if (place === places) [line, place] = [line + 1, 0];
      }
    }
  } finally {
    await laterPieces.return();
  }
  const [rowEnergy, columnEnergy] = order === 'rows' ? [lineEnergy, placeEnergy] : [placeEnergy, lineEnergy];
  const total = rowEnergy.reduce((sum, energy) => sum + energy, 0);
  const [first = 0, second = 0] = leadingEnergy(update.matrix, ...update.size, 2);
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

interface Update {
  /** Takes the changes of a line from one place to another. */
  add(line: number, from: number, to: number, changes: Float64Array): void;
  readonly matrix: Float32Array | Float64Array;
  readonly size: readonly [rows: number, columns: number];
}

/** The update itself, row by row. */
function heldUpdate(rows: number, columns: number, order: ElementOrder): Update {
  const matrix = new Float32Array(rows * columns);
  return {
    matrix, size: [rows, columns],
    add(line, from, to, changes) {
      if (order === 'rows') matrix.set(changes.subarray(from, to), line * columns + from);
      else for (let place = from; place < to; place += 1) matrix[place * columns + line] = changes[place] as number;
    },
  };
}

/**
 * The product of the update, line by line, with a matrix of random signs: eight bits of a hash of the place. Places of the same
 * signs are summed first, so an entry costs one addition and not eight.
 */
function projectedUpdate(lines: number, places: number): Update {
  const matrix = new Float64Array(lines * DIRECTIONS);
  const signs = Uint8Array.from({ length: places }, (_, place) => (mixedInteger(place) >>> SIGN_BITS) & (2 ** DIRECTIONS - 1));
  const sums = new Float64Array(2 ** DIRECTIONS);
  return {
    matrix, size: [lines, DIRECTIONS],
    add(line, from, to, changes) {
      // Of a short line the sums would be most of the work.
      const isShort = to - from < sums.length;
      if (!isShort) sumBySigns(sums, signs, from, to, changes);
      for (let direction = 0; direction < DIRECTIONS; direction += 1) {
        let sum = 0;
        if (isShort) for (let place = from; place < to; place += 1) sum += signOf(signs[place] as number, direction) * (changes[place] as number);
        else for (let pattern = 0; pattern < sums.length; pattern += 1) sum += signOf(pattern, direction) * (sums[pattern] as number);
        const at = line * DIRECTIONS + direction;
        matrix[at] = (matrix[at] as number) + sum;
      }
    },
  };
}

function sumBySigns(sums: Float64Array, signs: Uint8Array, from: number, to: number, changes: Float64Array): void {
  sums.fill(0);
  for (let place = from; place < to; place += 1) {
    const pattern = signs[place] as number;
    sums[pattern] = (sums[pattern] as number) + (changes[place] as number);
  }
}

/** 1 or −1: computed, because a branch that goes either way at random costs more than all the rest. */
function signOf(pattern: number, direction: number): number {
  return 1 - 2 * ((pattern >>> direction) & 1);
}

function participation(energies: Float64Array, total: number): number {
  let squares = 0;
  for (const energy of energies) squares += energy * energy;
  return squares === 0 ? 0 : (total * total) / squares;
}

function largestOf(energies: Float64Array): number {
  return energies.reduce((best, energy, place) => (energy > (energies[best] as number) ? place : best), 0);
}
