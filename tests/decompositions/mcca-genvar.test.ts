import { describe, expect, it } from 'vitest';
import { entry, matrixOf, multiply, timesTransposed, type Matrix } from '../../src/decompositions/matrix.ts';
import { mccaGenvar } from '../../src/decompositions/mcca-genvar.ts';
import { positiveDefinite } from '../../src/decompositions/positive-definite.ts';
import { singularValueDecomposition } from '../../src/decompositions/singular-value-decomposition.ts';
import { crossCovariances } from '../../src/decompositions/whitened-components.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { mixtures } from './mixtures.ts';

const exact = { maxSweeps: 500, tolerance: 1e-14 };

function determinantOf(covariances: readonly (readonly Matrix[])[], weights: readonly ArrayLike<number>[]): number {
  const rows = weights.map((one): Matrix => ({ rows: 1, columns: one.length, values: Float64Array.from(one) }));
  const correlation = matrixOf(rows.length, rows.length, (k, l) => entry(timesTransposed(multiply(rows[k] as Matrix, covariances[k]?.[l] as Matrix), rows[l] as Matrix), 0, 0));
  return positiveDefinite(correlation)?.logDeterminant ?? NaN;
}

describe('mccaGenvar', () => {
  it('is canonical correlation analysis for two data sets: log(1 − ρ²) of each canonical correlation', () => {
    const { whitened } = mixtures(randomSource(1, 'mcca'), { dataSets: 2, sources: 4, samples: 1500 }, () => 1);
    const covariances = crossCovariances(whitened);
    const known = singularValueDecomposition(covariances[0]?.[1] as Matrix).values;

    for (const [at, { logDeterminant }] of mccaGenvar(covariances, 4, exact).entries()) expect(logDeterminant).toBeCloseTo(Math.log(1 - (known[at] ?? NaN) ** 2), 6);
  });

  it('gives the closed form of one variable a data set with equal correlations', () => {
    const [count, r] = [5, 0.3];
    const covariances = Array.from({ length: count }, (_, k) => Array.from({ length: count }, (_unused, l): Matrix => matrixOf(1, 1, () => (k === l ? 1 : r))));

    expect(mccaGenvar(covariances, 1, exact)[0]?.logDeterminant).toBeCloseTo((count - 1) * Math.log(1 - r) + Math.log(1 + (count - 1) * r), 7);
  });

  it('finds what none of many other weights beats, with stages that are orthogonal data set by data set', () => {
    const random = randomSource(3, 'mcca');
    const { whitened } = mixtures(random, { dataSets: 4, sources: 3, samples: 800 }, () => 1);
    const covariances = crossCovariances(whitened);
    const stages = mccaGenvar(covariances, 3, exact);

    const best = stages[0]?.logDeterminant ?? NaN;
    expect(determinantOf(covariances, stages[0]?.weights ?? [])).toBeCloseTo(best, 6);
    for (let trial = 0; trial < 400; trial += 1) {
      const step = trial % 2 === 0 ? 0.05 : 3;
      const other = (stages[0]?.weights ?? []).map((vector) => {
        const moved = vector.map((value) => value + step * random.normal());
        return moved.map((value) => value / Math.hypot(...moved));
      });
      expect(determinantOf(covariances, other)).toBeGreaterThan(best - 1e-7);
    }
    for (let k = 0; k < 4; k += 1) {
      const inner = (stages[0]?.weights[k] ?? new Float64Array(0)).reduce((sum, value, at) => sum + value * (stages[1]?.weights[k]?.[at] ?? NaN), 0);
      expect(inner).toBeCloseTo(0, 10);
    }
  });
});
