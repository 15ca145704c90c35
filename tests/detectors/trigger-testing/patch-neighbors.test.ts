import { describe, expect, it } from 'vitest';
import { patchNeighbors } from '../../../src/detectors/trigger-testing/patch-neighbors.ts';
import { randomSource } from '../../../src/statistics/random.ts';
import { imageSize } from '../../../src/triggers/trigger.ts';

const shape = { channels: 3, height: 16, width: 16 };
const neighbors = (row: number, column: number) =>
  patchNeighbors({ parameters: { size: 3, pattern: 'white', place: { row, column } }, row, column }, shape, randomSource(0, 'n'));

describe('patchNeighbors', () => {
  it('are patches a pixel aside, a pixel larger or smaller, and of other fillings, all inside the image', () => {
    const found = neighbors(0, 13);
    const ids = found.map(({ trigger }) => trigger.id);

    expect(ids).toContain('patch/white/3/row-1-column-12');
    expect(ids).toContain('patch/white/2/row-0-column-13');
    expect(ids).toContain('patch/white/4/row-0-column-12');
    expect(ids).toContain('patch/checker/3/row-0-column-13');
    expect(new Set(ids).size).toBe(ids.length);
    for (const { trigger } of found) expect(() => trigger.apply(new Float32Array(imageSize(shape)), 1, shape)).not.toThrow();
  });

  it('of a random filling keep the place', () => {
    const parameters = { size: 3, pattern: 'noise' as const, place: { row: 5, column: 5 }, random: { source: randomSource(0, 'p'), seedName: 'p' } };
    const places = patchNeighbors({ parameters, row: 5, column: 5 }, shape, randomSource(0, 'n')).map(({ patch }) => [patch?.row, patch?.column]);

    expect(places.every(([row, column]) => row === 5 && column === 5)).toBe(true);
  });
});
