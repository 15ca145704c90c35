import { describe, expect, it } from 'vitest';
import { identity, matrixOf } from '../../src/decompositions/matrix.ts';
import { jointInterference } from '../../src/decompositions/joint-interference.ts';

const swapped = matrixOf(2, 2, (row, column) => (row === column ? 0 : -3));

describe('jointInterference', () => {
  it('is zero for sources in one common order, whatever their sign and scale', () => {
    expect(jointInterference([swapped, swapped], [identity(2), identity(2)])).toBe(0);
  });

  it('is one when nothing was taken apart, and counts an order that differs between data sets', () => {
    expect(jointInterference([matrixOf(3, 3, () => 1)], [identity(3)])).toBeCloseTo(1, 12);
    expect(jointInterference([swapped, identity(2)], [identity(2), identity(2)])).toBeGreaterThan(0.3);
  });
});
