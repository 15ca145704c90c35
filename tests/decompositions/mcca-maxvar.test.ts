import { describe, expect, it } from 'vitest';
import { identity, matrixOf, type Matrix } from '../../src/decompositions/matrix.ts';
import { mccaMaxvar } from '../../src/decompositions/mcca-maxvar.ts';
import { singularValueDecomposition } from '../../src/decompositions/singular-value-decomposition.ts';
import { crossCovariances } from '../../src/decompositions/whitened-components.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { mixtures } from './mixtures.ts';

describe('mccaMaxvar', () => {
  it('is canonical correlation analysis for two data sets: one plus each canonical correlation', () => {
    const { whitened } = mixtures(randomSource(1, 'mcca'), { dataSets: 2, sources: 4, samples: 1500 }, () => 1);
    const covariances = crossCovariances(whitened);
    const known = singularValueDecomposition(covariances[0]?.[1] ?? identity(0)).values;

    for (const [at, { largestEigenvalue }] of mccaMaxvar(covariances, 4).entries()) expect(largestEigenvalue).toBeCloseTo(1 + (known[at] ?? NaN), 10);
  });

  it('gives the closed form of one variable a data set with equal correlations: 1 + (K − 1)·r', () => {
    const [count, r] = [5, 0.3];
    const covariances = Array.from({ length: count }, (_, k) => Array.from({ length: count }, (_unused, l): Matrix => matrixOf(1, 1, () => (k === l ? 1 : r))));

    expect(mccaMaxvar(covariances, 1)[0]?.largestEigenvalue).toBeCloseTo(1 + (count - 1) * r, 12);
  });

  it('counts the data sets when they are copies, and finds one when they are unrelated', () => {
    const copies = Array.from({ length: 3 }, () => Array.from({ length: 3 }, () => identity(2)));
    const apart = Array.from({ length: 3 }, (_, k) => Array.from({ length: 3 }, (_unused, l) => (k === l ? identity(2) : matrixOf(2, 2))));

    for (const { largestEigenvalue } of mccaMaxvar(copies, 2)) expect(largestEigenvalue).toBeCloseTo(3, 12);
    for (const { largestEigenvalue } of mccaMaxvar(apart, 2)) expect(largestEigenvalue).toBeCloseTo(1, 12);
    expect(() => mccaMaxvar(apart, 3)).toThrow(/2 stages/);
  });
});
