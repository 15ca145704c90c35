import { describe, expect, it } from 'vitest';
import { projectLayer } from '../../src/reference/project-layer.ts';
import { randomSource } from '../../src/statistics/random.ts';

function layer(count: number, seed: number): Float64Array {
  const random = randomSource(seed, 'weights');
  return Float64Array.from({ length: count }, () => random.normal());
}

const length = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

describe('projectLayer', () => {
  it.each([50, 400, 12_800, 60_000])('keeps lengths and distances of %i weights up to a few per cent', (count) => {
    const [one, other] = [layer(count, 1), layer(count, 2)];
    const [a, b] = [projectLayer(one, 2000, 0, 3), projectLayer(other, 2000, 0, 3)] as [Float64Array, Float64Array];

    // The relative deviation of a squared length is about √(2 / 2000), so 0.016 for a length; this is five of those.
    expect(length(a) / length(one)).toBeGreaterThan(0.92);
    expect(length(a) / length(one)).toBeLessThan(1.08);
    const [before, after] = [length(one.map((value, at) => value - (other[at] ?? NaN))), length(a.map((value, at) => value - (b[at] ?? NaN)))];
    expect(Math.abs(after / before - 1)).toBeLessThan(0.08);
  });

  it('is one matrix: linear, the same for the same seed and place, another for others', () => {
    const [one, other] = [layer(300, 1), layer(300, 2)];
    const project = (values: Float64Array, seed = 0, place = 0): Float64Array => projectLayer(values, 64, seed, place) as Float64Array;

    const sum = project(one.map((value, at) => value + 2 * (other[at] ?? NaN)));
    for (const [at, value] of sum.entries()) expect(value).toBeCloseTo((project(one)[at] ?? NaN) + 2 * (project(other)[at] ?? NaN), 10);
    expect(project(one)).toEqual(project(one));
    expect(project(one, 1)).not.toEqual(project(one));
    expect(project(one, 0, 1)).not.toEqual(project(one));
  });

  it('says so when a weight is not finite', () => {
    expect(projectLayer([1, NaN], 16, 0, 0)).toBeUndefined();
    expect(projectLayer([1, Infinity], 16, 0, 0)).toBeUndefined();
  });
});
