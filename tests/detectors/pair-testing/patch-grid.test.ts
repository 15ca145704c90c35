import { describe, expect, it } from 'vitest';
import { patchGrid } from '../../../src/detectors/pair-testing/patch-grid.ts';

describe('patchGrid', () => {
  it('has every filling at the four corners, with a margin and without one, in two sizes', () => {
    expect(patchGrid({ channels: 3, height: 32, width: 32 })).toHaveLength(4 * 2 * 2 * 10);
    expect(patchGrid({ channels: 1, height: 28, width: 28 })).toHaveLength(4 * 2 * 2 * 4);
    expect(new Set(patchGrid({ channels: 3, height: 32, width: 32 }).map(({ trigger }) => trigger.id)).size).toBe(160);
  });

  it('keeps its shares of larger images and stays inside of oblong ones', () => {
    const shape = { channels: 1, height: 96, width: 224 };
    const grid = patchGrid(shape);

    expect(new Set(grid.map(({ size }) => size))).toEqual(new Set([9, 12]));
    for (const { trigger, size } of grid) {
      const black = trigger.apply(new Float32Array(96 * 224).fill(0.5), 1, shape);
      expect(black.filter((value) => value !== 0.5)).toHaveLength(size * size);
    }
  });

  it('has nothing for images of a few pixels', () => {
    expect(patchGrid({ channels: 1, height: 8, width: 8 })).toEqual([]);
  });
});
