import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/statistics/random.ts';
import { smoothField } from '../../src/triggers/smooth-field.ts';

describe('smoothField', () => {
  it('passes through its grid points', () => {
    const source = randomSource(0, 'grid');
    const field = smoothField(10, 10, 4, randomSource(0, 'grid'));

    const grid = Array.from({ length: 16 }, () => 2 * source.uniform() - 1);
    for (let row = 0; row < 4; row += 1) {
      for (let column = 0; column < 4; column += 1) expect(field[row * 3 * 10 + column * 3]).toBeCloseTo(grid[row * 4 + column] as number, 5);
    }
  });

  it('exists for a single row, column or pixel and refuses a grid of one', () => {
    expect(smoothField(1, 1, 2, randomSource(0, 'one')).every(Number.isFinite)).toBe(true);
    expect(smoothField(1, 5, 3, randomSource(0, 'row')).every(Number.isFinite)).toBe(true);
    expect(() => smoothField(4, 4, 1, randomSource(0, 'x'))).toThrow(RangeError);
  });
});
