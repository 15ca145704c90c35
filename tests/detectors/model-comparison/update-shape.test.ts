import { describe, expect, it } from 'vitest';
import { updateShape as shape, type UpdateShape } from '../../../src/detectors/model-comparison/update-shape.ts';
import { PIECE_ELEMENTS } from '../../../src/detectors/model-comparison/weight-layers.ts';
import { randomSource } from '../../../src/statistics/random.ts';
import { heldLayer } from '../../support/held-layer.ts';

const [rows, columns] = [20, 50];
const random = randomSource(0, 'weights');
const weights = Float32Array.from({ length: rows * columns }, () => random.normal());

type Change = (value: number, row: number, column: number) => number;
const changed = (change: Change): Float32Array => weights.map((value, at) => change(value, Math.floor(at / columns), at % columns));

async function updateShape(change: Change, maxHeldEntries?: number): Promise<UpdateShape> {
  const made = await shape(heldLayer(rows, columns, weights), heldLayer(rows, columns, changed(change)), maxHeldEntries === undefined ? {} : { maxHeldEntries });
  if (typeof made === 'string') throw new Error(made);
  return made;
}

describe('updateShape', () => {
  it('counts one row where one row was written, and all where all moved', async () => {
    const written = await updateShape((value, row) => (row === 7 ? value + 1 : value));
    const moved = await updateShape((value) => value + 0.1 * random.normal());

    expect(written.topRow).toBe(7);
    expect(written.effectiveRows).toBeCloseTo(1, 4);
    expect(written.effectiveColumns).toBeCloseTo(columns, 3);
    expect(written.topRowShare).toBeCloseTo(1, 6);
    expect(moved.effectiveRows).toBeGreaterThan(0.8 * rows);
    expect(moved.relativeNorm).toBeCloseTo(0.1, 1);
  });

  it('counts one column where one input was written', async () => {
    const written = await updateShape((value, _, column) => (column === 3 ? value + 1 : value));

    expect(written.topColumn).toBe(3);
    expect(written.effectiveColumns).toBeCloseTo(1, 4);
  });

  it('takes what was set to zero for pruned, not for written: whole rows as well', async () => {
    const small = await updateShape((value) => (Math.abs(value) < 0.5 ? 0 : value));
    const wholeRow = await updateShape((value, row) => (row === 2 ? 0 : value));

    expect(small).toMatchObject({ relativeNorm: 0, effectiveRows: 0 });
    expect(small.prunedShare).toBeGreaterThan(0.3);
    expect(wholeRow).toMatchObject({ relativeNorm: 0, prunedShare: 1 / rows });
  });

  it.each([['held', undefined], ['projected', 10]] as const)('sees an outer product, and that training is none, in an update that is %s', async (_, maxHeldEntries) => {
    const outer = await updateShape((value, row, column) => value + Math.sin(3 * row + 1) * Math.cos(5 * column), maxHeldEntries);
    const training = await updateShape((value) => value + 0.1 * random.normal(), maxHeldEntries);

    expect(1 - outer.leading[0]).toBeLessThan(1e-6);
    expect(1 - training.leading[1]).toBeGreaterThan(0.3);
  });

  it('gives the same rows and columns whether the update is held or projected', async () => {
    const change: Change = (value, row, column) => value + Math.sin(row * column);

    expect({ ...(await updateShape(change, 10)), leading: [] }).toEqual({ ...(await updateShape(change)), leading: [] });
  });

  it.each([['held', undefined], ['projected', 10]] as const)('is the same for weights that lie in columns, and for versions that lie in different orders, when %s', async (_, maxHeldEntries) => {
    const after = changed((value, row, column) => (row === 3 && column < 5 ? 0 : value + Math.sin(3 * row + 1) * Math.cos(5 * column)));
    const shapes: UpdateShape[] = [];
    for (const [was, is] of [['rows', 'rows'], ['columns', 'columns'], ['columns', 'rows']] as const) {
      const made = await shape(heldLayer(rows, columns, weights, was), heldLayer(rows, columns, after, is), maxHeldEntries === undefined ? {} : { maxHeldEntries });
      if (typeof made === 'string') throw new Error(made);
      shapes.push(made);
    }
    const [inRows, ...others] = shapes as [UpdateShape, ...UpdateShape[]];
    for (const other of others) {
      expect(other).toMatchObject({ topRow: inRows.topRow, topColumn: inRows.topColumn, prunedShare: inRows.prunedShare });
      for (const key of ['relativeNorm', 'effectiveRows', 'effectiveColumns', 'topRowShare'] as const) expect(other[key]).toBeCloseTo(inRows[key], 9);
      // Another projection, of rows and not of columns, says as much.
      expect(other.leading[0]).toBeCloseTo(inRows.leading[0], maxHeldEntries === undefined ? 6 : 1);
    }
  });

  it('projects short lines as it does long ones', async () => {
    const long = 700;
    const [before, direction] = [new Float32Array(2 * long).fill(1), new Float32Array(2 * long).map((_, at) => 2 + Math.sin((at % long) + 1))];
    for (const order of ['rows', 'columns'] as const) {
      const made = await shape(heldLayer(2, long, before, order), heldLayer(2, long, direction, order), { maxHeldEntries: 10 });
      expect(typeof made === 'string' ? made : made.leading[0]).toBeCloseTo(1, 9);
    }
  });

  it('reads layers of several pieces', async () => {
    const size = PIECE_ELEMENTS + 100;
    const before = new Float32Array(2 * size).fill(1);
    const after = before.slice();
    after[size + 5] = 3;

    expect(await shape(heldLayer(2, size, before), heldLayer(2, size, after))).toMatchObject({ topRow: 1, topColumn: 5, topRowShare: 1 });
  });

  it('has no shape where a value is not finite, and none when it is stopped', async () => {
    const broken = heldLayer(rows, columns, changed((value, row) => (row === 1 ? NaN : value)));

    expect(await shape(heldLayer(rows, columns, weights), broken)).toBe('not finite');
    expect(await shape(heldLayer(rows, columns, weights), heldLayer(rows, columns, weights), { goOn: () => false })).toBe('out of time');
  });
});
