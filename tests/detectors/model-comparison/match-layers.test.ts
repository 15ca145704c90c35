import { describe, expect, it } from 'vitest';
import { likeness, sketchOf as sketch, type LayerSketch } from '../../../src/detectors/model-comparison/layer-sketch.ts';
import { matchLayers } from '../../../src/detectors/model-comparison/match-layers.ts';
import { heldLayer } from '../../support/held-layer.ts';
import { randomSource } from '../../../src/statistics/random.ts';

async function sketchOf({ rows, columns, values }: { readonly rows: number; readonly columns: number; readonly values: Float32Array }): Promise<LayerSketch> {
  const made = await sketch(heldLayer(rows, columns, values));
  if (made === undefined) throw new Error('stopped');
  return made;
}

function matrix(seed: number, rows = 20, columns = 40, near?: { readonly seed: number; readonly noise: number }) {
  const random = randomSource(seed, 'matrix');
  const values = Float32Array.from({ length: rows * columns }, () => random.normal());
  if (near === undefined) return { rows, columns, values };
  const base = randomSource(near.seed, 'matrix');
  return { rows, columns, values: values.map((value) => base.normal() + near.noise * value) };
}

describe('layer sketches', () => {
  it('estimates the cosine of large layers from a part of them, in either order', async () => {
    const [rows, columns] = [2050, 4100];
    const random = randomSource(3, 'large');
    const values = Float32Array.from({ length: rows * columns }, () => random.uniform() - 0.5);
    const near = values.map((value) => value + 0.5 * (random.uniform() - 0.5));
    const sketches = await Promise.all([heldLayer(rows, columns, values), heldLayer(rows, columns, near), heldLayer(rows, columns, near, 'columns')].map((layer) => sketch(layer)));
    const [one, other, turned] = sketches as [LayerSketch, LayerSketch, LayerSketch];

    expect(likeness(one, other)).toBeCloseTo(1 / Math.sqrt(1.25), 1);
    expect(likeness(other, turned)).toBeCloseTo(1, 9);
  });

  it('are alike for equal layers, nearly so for a descendant, and not for an independent layer', async () => {
    const layer = await sketchOf(matrix(1));

    expect(likeness(layer, await sketchOf(matrix(1)))).toBeCloseTo(1, 9);
    expect(likeness(layer, await sketchOf(matrix(9, 20, 40, { seed: 1, noise: 0.5 })))).toBeGreaterThan(0.8);
    for (let seed = 2; seed < 40; seed += 1) expect(Math.abs(likeness(layer, await sketchOf(matrix(seed))))).toBeLessThan(0.25);
  });

  it('are like nothing when a layer is all zeros or not finite', async () => {
    const zeros = await sketchOf({ rows: 20, columns: 40, values: new Float32Array(800) });
    const infinite = await sketchOf({ rows: 20, columns: 40, values: new Float32Array(800).fill(Infinity) });

    expect(likeness(zeros, await sketchOf(matrix(1)))).toBe(0);
    expect(likeness(infinite, await sketchOf(matrix(1)))).toBe(0);
  });
});

describe('matchLayers', () => {
  it('finds each descendant among layers of one shape in another order', async () => {
    const earlier = await Promise.all([1, 2, 3].map((seed) => sketchOf(matrix(seed))));
    const later = await Promise.all([3, 1, 2].map((seed) => sketchOf(matrix(100 + seed, 20, 40, { seed, noise: 0.3 }))));

    expect(matchLayers(earlier, later).map(({ earlier: from, later: to }) => [from, to])).toEqual([[2, 0], [0, 1], [1, 2]]);
  });

  it('puts a layer that was trained anew with the one whose place it took, and says that it is none of its kind', async () => {
    const [match] = matchLayers([await sketchOf(matrix(1, 10, 64))], [await sketchOf(matrix(2, 10, 64))]);

    expect(match).toMatchObject({ earlier: 0, later: 0 });
    expect(match?.likeness).toBeLessThan(0.25);
  });

  it('leaves layers without a counterpart of their shape alone', async () => {
    expect(matchLayers([await sketchOf(matrix(1, 10, 64))], [await sketchOf(matrix(1, 12, 64))])).toEqual([]);
  });
});
