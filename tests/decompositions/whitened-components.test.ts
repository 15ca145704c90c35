import { describe, expect, it } from 'vitest';
import { entry, matrixOf, multiply, timesTransposed } from '../../src/decompositions/matrix.ts';
import { componentsKeeping, crossCovariances, whitenedComponents } from '../../src/decompositions/whitened-components.ts';
import { randomSource } from '../../src/statistics/random.ts';

const random = randomSource(1, 'data');
const data = matrixOf(4, 300, (row) => [10, 3, 1, 0.1][row] as number * random.normal() + 5);

describe('whitenedComponents', () => {
  it('gives uncorrelated components of unit variance from which the centered data come back', () => {
    const { whitened, mixing, shares } = whitenedComponents(data, 4);

    const covariance = timesTransposed(whitened, whitened);
    for (const [at, value] of covariance.values.entries()) expect(value / 300).toBeCloseTo(at % 5 === 0 ? 1 : 0, 10);
    const again = multiply(mixing, whitened);
    const mean = data.values.subarray(0, 300).reduce((sum, value) => sum + value, 0) / 300;
    for (let at = 0; at < 300; at += 1) expect(entry(again, 0, at)).toBeCloseTo(entry(data, 0, at) - mean, 9);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('keeps as many components as the share of the variance asks for', () => {
    expect(componentsKeeping(0.5, [data])).toBe(1);
    expect(componentsKeeping(0.97, [data, data])).toBe(2);
    expect(componentsKeeping(1, [data])).toBe(4);
  });

  it('refuses data that do not vary in enough directions', () => {
    expect(() => whitenedComponents(matrixOf(2, 10, (row, column) => column * (row + 1)), 2)).toThrow(/fewer than 2/);
    expect(() => whitenedComponents(matrixOf(2, 10), 1)).toThrow(/vary/);
    expect(() => whitenedComponents(matrixOf(4, 4), 1)).toThrow(/too few/);
  });

  it('gives blocks of covariances that are each other’s transposes', () => {
    const [one, other] = [whitenedComponents(data, 2).whitened, whitenedComponents(data, 2).whitened];
    const blocks = crossCovariances([one, other]);

    expect(entry(blocks[0]?.[1] ?? one, 0, 1)).toBeCloseTo(entry(blocks[1]?.[0] ?? one, 1, 0), 12);
    expect(entry(blocks[0]?.[1] ?? one, 0, 0)).toBeCloseTo(1, 10);
  });
});
