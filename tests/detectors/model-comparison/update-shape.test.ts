import { describe, expect, it } from 'vitest';
import { updateShape } from '../../../src/detectors/model-comparison/update-shape.ts';
import { randomSource } from '../../../src/statistics/random.ts';

const [rows, columns] = [20, 50];
const random = randomSource(0, 'weights');
const earlier = { rows, columns, values: Float32Array.from({ length: rows * columns }, () => random.normal()) };
const changed = (change: (value: number, row: number, column: number) => number) => ({
  rows, columns, values: earlier.values.map((value, at) => change(value, Math.floor(at / columns), at % columns)),
});

describe('updateShape', () => {
  it('counts one row where one row was written, and all where all moved', () => {
    const written = updateShape(earlier, changed((value, row) => (row === 7 ? value + 1 : value)));
    const moved = updateShape(earlier, changed((value) => value + 0.1 * random.normal()));

    expect(written).toMatchObject({ topRow: 7 });
    expect(written?.effectiveRows).toBeCloseTo(1, 4);
    expect(written?.effectiveColumns).toBeCloseTo(columns, 3);
    expect(written?.topRowShare).toBeCloseTo(1, 6);
    expect(moved?.effectiveRows).toBeGreaterThan(0.8 * rows);
    expect(moved?.relativeNorm).toBeCloseTo(0.1, 1);
  });

  it('counts one column where one input was written', () => {
    const written = updateShape(earlier, changed((value, _, column) => (column === 3 ? value + 1 : value)));

    expect(written).toMatchObject({ topColumn: 3 });
    expect(written?.effectiveColumns).toBeCloseTo(1, 4);
  });

  it('takes what was set to zero for pruned, not for written: whole rows as well', () => {
    const small = updateShape(earlier, changed((value) => (Math.abs(value) < 0.5 ? 0 : value)));
    const wholeRow = updateShape(earlier, changed((value, row) => (row === 2 ? 0 : value)));

    expect(small).toMatchObject({ relativeNorm: 0, effectiveRows: 0 });
    expect(small?.prunedShare).toBeGreaterThan(0.3);
    expect(wholeRow).toMatchObject({ relativeNorm: 0, prunedShare: 1 / rows });
  });

  it('has no shape where a value is not finite', () => {
    expect(updateShape(earlier, changed((value, row) => (row === 1 ? NaN : value)))).toBeUndefined();
  });
});
