import { describe, expect, it } from 'vitest';
import { layerDistance, neighbourDistance, neighbourDistances } from '../../src/reference/neighbour-distances.ts';
import { toyReference } from '../support/reference-models.ts';

const { models } = toyReference([[24, 24], [8, 24]], { clean: 12, backdoored: 0 });

describe('neighbourDistances', () => {
  it('puts unrelated models near √2, a copy at zero, and a larger one farther away', () => {
    const distance = layerDistance(models.map((one) => one.projections), 2);
    const [first, second] = [models[0]?.projections, models[1]?.projections] as [Float64Array, Float64Array];

    expect(distance(first, first)).toBe(0);
    expect(Math.abs(distance(first, second) - Math.SQRT2)).toBeLessThan(0.35);
    expect(distance(first, second.map((value) => 2 * value))).toBeGreaterThan(1.8);
  });

  it('counts every layer alike, however large its weights', () => {
    const scaled = models.map((one) => one.projections.map((value, at) => (at < one.projections.length / 2 ? 1000 * value : value)));
    const [plain, large] = [models.map((one) => one.projections), scaled].map((list) => layerDistance(list, 2)(list[0] as Float64Array, list[1] as Float64Array));

    expect(large).toBeCloseTo(plain ?? NaN, 10);
  });

  it('measures the model and each clean one against all others, and names the nearest', () => {
    const copy = (models[4]?.projections ?? new Float64Array(0)).map((value) => 1.01 * value);
    const { distance, leftOut, nearest } = neighbourDistances(copy, models, 2, 1);

    expect(nearest.path).toBe(models[4]?.path);
    expect(distance).toBeCloseTo(nearest.distance, 12);
    // The copy is the nearest neighbor of its original too.
    expect(leftOut[4]).toBeCloseTo(distance, 12);
    expect(leftOut.length).toBe(12);
    expect(neighbourDistance([3, 1, 2, 9], 2)).toBe(1.5);
  });
});
