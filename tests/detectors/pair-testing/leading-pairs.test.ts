import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadingPairs, type PatchEffect } from '../../../src/detectors/pair-testing/leading-pairs.ts';
import type { GridPatch } from '../../../src/detectors/pair-testing/patch-grid.ts';
import { patchTrigger, type PatchPattern } from '../../../src/triggers/patch.ts';

const patch = (place: 'top-left' | 'top-right', filling: PatchPattern, size = 3): GridPatch => ({ trigger: patchTrigger({ size, place, pattern: filling }), size, place, filling });

/** Three classes of ten images; entries are [source, target, images moved]. */
const effect = (of: GridPatch, ...moves: readonly (readonly [number, number, number])[]): PatchEffect => {
  const moved = new Uint32Array(9);
  for (const [source, target, count] of moves) moved[3 * source + target] = count;
  return { patch: of, moved };
};
const images = [10, 10, 10];

describe('leadingPairs', () => {
  it('leads with a pair that a patch moves and nothing else of its place or kind', () => {
    const [first] = leadingPairs([effect(patch('top-left', 'white'), [0, 1, 10]), effect(patch('top-right', 'black'), [1, 2, 4])], images);

    expect(first).toMatchObject({ source: 0, target: 1, rate: 1, patch: { place: 'top-left', filling: 'white' } });
    expect(first?.lead).toBe(1);
  });

  it('takes a place at which another pair is moved as well for a place that matters', () => {
    const [first] = leadingPairs([effect(patch('top-right', 'white'), [0, 1, 10]), effect(patch('top-right', 'black'), [1, 2, 9])], images);

    expect(first?.rivals[0]).toMatchObject({ source: 1, target: 2, rate: 0.9 });
    expect(first?.lead).toBeCloseTo(0.1, 12);
  });

  it('takes a pair that another filling moves at another place as well for classes that are near each other', () => {
    const moved = (elsewhere: GridPatch) => leadingPairs([effect(patch('top-right', 'white'), [0, 1, 10]), effect(elsewhere, [0, 1, 9])], images)[0];

    expect(moved(patch('top-left', 'black'))?.lead).toBeCloseTo(0.1, 12);
    // A convolution finds its trigger at any place, and a trigger's place answers to several fillings.
    expect(moved(patch('top-left', 'white'))?.lead).toBe(1);
    expect(moved(patch('top-right', 'black'))?.lead).toBe(1);
  });

  it('compares a patch with none that are larger', () => {
    const [first] = leadingPairs([effect(patch('top-right', 'white', 3), [0, 1, 10]), effect(patch('top-right', 'white', 4), [0, 1, 10], [1, 2, 10])], images);

    expect(first).toMatchObject({ source: 0, target: 1, patch: { size: 3 } });
    expect(first?.lead).toBe(1);
  });

  it('asks nothing of classes without images', () => {
    const pairs = leadingPairs([effect(patch('top-right', 'white'), [0, 1, 10])], [10, 0, 0]);

    expect(pairs.map(({ source }) => source)).toEqual([0, 0]);
  });

  it('never leads more when a rival is stronger', () => {
    const count = fc.integer({ min: 0, max: 10 });
    fc.assert(
      fc.property(count, count, count, (own, weak, more) => {
        const lead = (rival: number) => leadingPairs([effect(patch('top-right', 'white'), [0, 1, own]), effect(patch('top-right', 'black'), [1, 2, rival])], images).find(({ source, target }) => source === 0 && target === 1)?.lead ?? NaN;
        expect(lead(Math.min(10, weak + more))).toBeLessThanOrEqual(lead(weak));
      }),
    );
  });
});
