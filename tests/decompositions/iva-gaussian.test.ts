import { describe, expect, it } from 'vitest';
import { ivaGaussian, sourceCovariance } from '../../src/decompositions/iva-gaussian.ts';
import { jointInterference } from '../support/joint-interference.ts';
import { entry, identity, matrixOf, type Matrix } from '../../src/decompositions/matrix.ts';
import { mccaMaxvar } from '../../src/decompositions/mcca-maxvar.ts';
import { singularValueDecomposition } from '../../src/decompositions/singular-value-decomposition.ts';
import { crossCovariances } from '../../src/decompositions/whitened-components.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { mixtures } from './mixtures.ts';

const gaussian = (): number => 1;
const exact = { maxSweeps: 3000, tolerance: 1e-12 };

/** Canonical variates as rows, which put like sources into like places. */
function aligned(covariances: readonly (readonly Matrix[])[]): readonly Matrix[] {
  const side = covariances[0]?.[0]?.rows ?? 0;
  const stages = mccaMaxvar(covariances, side);
  return covariances.map((_, k) => matrixOf(side, side, (row, column) => stages[row]?.weights[k]?.[column] ?? NaN));
}

describe('ivaGaussian', () => {
  it.each([1, 2, 3, 4])('recovers the sources of synthetic mixtures to a joint interference below 0.02 (draw %i)', (seed) => {
    const { whitened, mixing } = mixtures(randomSource(seed, 'iva'), { dataSets: 5, sources: 4, samples: 4000 }, gaussian);
    const covariances = crossCovariances(whitened);
    const start = aligned(covariances);

    const { matrices, costs, hasConverged } = ivaGaussian(covariances, { ...exact, start });

    expect(jointInterference(matrices, mixing)).toBeLessThan(0.02);
    expect(hasConverged).toBe(true);
    for (let at = 1; at < costs.length; at += 1) expect(costs[at]).toBeLessThanOrEqual((costs[at - 1] ?? NaN) + 1e-9);
  });

  it('ends where no small change of any row lowers the cost', () => {
    const { whitened } = mixtures(randomSource(5, 'iva'), { dataSets: 3, sources: 3, samples: 500 }, gaussian);
    const covariances = crossCovariances(whitened);
    const { matrices, costs } = ivaGaussian(covariances, { ...exact, start: aligned(covariances) });

    for (const [k, matrix] of matrices.entries()) {
      for (let at = 0; at < 9; at += 1) {
        for (const change of [1e-3, -1e-3]) {
          const moved = matrices.map((one, l) => (l === k ? { ...one, values: one.values.map((value, place) => value + (place === at ? change : 0)) } : one));
          // No sweep: the cost of the start, whose rows are only brought to unit variance, which the cost does not see.
          expect(ivaGaussian(covariances, { maxSweeps: 0, tolerance: 0, start: moved }).costs[0]).toBeGreaterThanOrEqual((costs.at(-1) ?? NaN) - 1e-9);
        }
      }
      expect(matrix.values.every(Number.isFinite)).toBe(true);
    }
  });

  it('is canonical correlation analysis for two data sets', () => {
    const { whitened } = mixtures(randomSource(6, 'iva'), { dataSets: 2, sources: 4, samples: 3000 }, gaussian);
    const covariances = crossCovariances(whitened);
    const { matrices } = ivaGaussian(covariances, { ...exact, start: aligned(covariances) });

    const found = [0, 1, 2, 3].map((n) => Math.abs(entry(sourceCovariance(covariances, matrices, n), 0, 1))).sort((left, right) => right - left);
    const known = singularValueDecomposition(covariances[0]?.[1] ?? matrixOf(0, 0)).values;
    for (const [at, correlation] of found.entries()) expect(correlation).toBeCloseTo(known[at] ?? NaN, 6);
  });

  it('cannot recover sources that are not correlated across data sets: there is nothing to see in covariances', () => {
    const { whitened, mixing } = mixtures(randomSource(7, 'iva'), { dataSets: 4, sources: 3, samples: 3000 }, gaussian, false);
    const covariances = crossCovariances(whitened);

    expect(jointInterference(ivaGaussian(covariances, { maxSweeps: 200, tolerance: 1e-9 }).matrices, mixing)).toBeGreaterThan(0.2);
  });

  it('stays finite for data sets that are copies of each other', () => {
    const { whitened } = mixtures(randomSource(8, 'iva'), { dataSets: 2, sources: 3, samples: 500 }, gaussian);
    const copies = [whitened[0], whitened[0], whitened[1]] as Matrix[];
    const { matrices, costs } = ivaGaussian(crossCovariances(copies), { maxSweeps: 50, tolerance: 1e-9 });

    expect(costs.every(Number.isFinite)).toBe(true);
    expect(matrices.every(({ values }) => values.every(Number.isFinite))).toBe(true);
  });
});

const swapped = matrixOf(2, 2, (row, column) => (row === column ? 0 : -3));

describe('the interference these tests measure by', () => {
  it('is zero for sources in one common order, whatever their sign and scale', () => {
    expect(jointInterference([swapped, swapped], [identity(2), identity(2)])).toBe(0);
  });

  it('is one when nothing was taken apart, and counts an order that differs between data sets', () => {
    expect(jointInterference([matrixOf(3, 3, () => 1)], [identity(3)])).toBeCloseTo(1, 12);
    expect(jointInterference([swapped, identity(2)], [identity(2), identity(2)])).toBeGreaterThan(0.3);
  });
});
