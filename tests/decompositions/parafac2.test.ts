import { describe, expect, it } from 'vitest';
import { entry, matrixOf, multiply, squaredNorm, timesTransposed, transpose, type Matrix } from '../../src/decompositions/matrix.ts';
import { parafac2, type Parafac2Options } from '../../src/decompositions/parafac2.ts';
import { singularValueDecomposition } from '../../src/decompositions/singular-value-decomposition.ts';
import { randomSource } from '../../src/statistics/random.ts';

const options: Parafac2Options = { components: 3, randomStarts: 0, seed: 1, maxRounds: 2000, tolerance: 1e-6 };

interface Known {
  readonly slices: readonly Matrix[];
  readonly loadings: Matrix;
  readonly common: Matrix;
  readonly scales: Matrix;
}

/** Slices of different heights made of known factors, with noise of a share of their size. */
function known(seed: number, noise: number): Known {
  const random = randomSource(seed, 'parafac2');
  const [components, variables, count] = [3, 6, 10];
  const common = matrixOf(components, components, (row, column) => (row === column ? 1 : 0.3 * random.normal()));
  const loadings = matrixOf(variables, components, () => random.normal());
  const scales = matrixOf(count, components, () => 0.2 + 2 * random.uniform());
  const slices = Array.from({ length: count }, (_, k) => {
    const { left } = singularValueDecomposition(matrixOf(12 + k, components, () => random.normal()));
    const clean = timesTransposed(multiply(left, common), matrixOf(variables, components, (row, column) => entry(loadings, row, column) * entry(scales, k, column)));
    const size = Math.sqrt(squaredNorm(clean) / clean.values.length);
    return { ...clean, values: clean.values.map((value) => value + noise * size * random.normal()) };
  });
  return { slices, loadings, common, scales };
}

/** The columns of `found` in the order in which they are most like those of `truth`, and how like (Tucker's congruence). */
function matched(found: Matrix, truth: Matrix): { readonly order: readonly number[]; readonly congruences: readonly number[] } {
  const like = (a: number, b: number): number => {
    const [x, y] = [column(truth, a), column(found, b)];
    return Math.abs(x.reduce((sum, value, at) => sum + value * (y[at] ?? NaN), 0)) / (Math.hypot(...x) * Math.hypot(...y));
  };
  const order = Array.from({ length: truth.columns }, (_, a) => Array.from({ length: found.columns }, (_unused, b) => b).reduce((best, b) => (like(a, b) > like(a, best) ? b : best), 0));
  return { order, congruences: order.map((b, a) => like(a, b)) };
}

function column(matrix: Matrix, at: number): number[] {
  return Array.from({ length: matrix.rows }, (_, row) => entry(matrix, row, at));
}

describe('parafac2', () => {
  it.each([1, 2, 3])('finds the known factors of slices of different heights (draw %i)', (seed) => {
    const { slices, loadings, scales } = known(seed, 0);
    const fit = parafac2(slices, options);

    expect(fit.losses.at(-1)).toBeLessThan(1e-8);
    const { order, congruences } = matched(fit.loadings, loadings);
    expect(new Set(order).size).toBe(3);
    for (const congruence of congruences) expect(congruence).toBeGreaterThan(0.9999);
    // Sizes up to one factor a component: those of A and H are part of the scales.
    for (const [a, b] of order.entries()) {
      const [truth, found] = [column(scales, a), column(fit.scales, b).map(Math.abs)];
      const ratio = (truth[0] ?? NaN) / (found[0] ?? NaN);
      for (const [k, value] of truth.entries()) expect((found[k] ?? NaN) * ratio).toBeCloseTo(value, 2);
    }
  });

  it('keeps the model’s invariant: components of every slice have the same inner products, those of the known ones', () => {
    const { slices, loadings, common } = known(1, 0);
    const fit = parafac2(slices, options);
    const { order } = matched(fit.loadings, loadings);

    const products = fit.rotations.map((rotation) => {
      const scores = multiply(rotation, fit.common);
      return multiply(transpose(scores), scores);
    });
    for (const product of products) for (const [at, value] of product.values.entries()) expect(value).toBeCloseTo(products[0]?.values[at] ?? NaN, 10);
    const truth = multiply(transpose(common), common);
    for (const [a, foundA] of order.entries()) {
      for (const [b, foundB] of order.entries()) {
        const cosine = entry(truth, a, b) / Math.sqrt(entry(truth, a, a) * entry(truth, b, b));
        expect(Math.abs(entry(products[0] as Matrix, foundA, foundB))).toBeCloseTo(Math.abs(cosine), 3);
      }
    }
  });

  it('never raises its loss, ends near the noise, and comes close to the factors behind it', () => {
    const { slices, loadings } = known(5, 0.05);
    const fit = parafac2(slices, options);

    for (let at = 1; at < fit.losses.length; at += 1) expect(fit.losses[at]).toBeLessThanOrEqual((fit.losses[at - 1] ?? NaN) * (1 + 1e-12));
    expect(fit.losses.at(-1)).toBeLessThan(0.05 ** 2);
    for (const congruence of matched(fit.loadings, loadings).congruences) expect(congruence).toBeGreaterThan(0.98);
    const total = slices.reduce((sum, slice) => sum + squaredNorm(slice), 0);
    expect(fit.residuals.reduce((sum, value) => sum + value, 0) / total).toBeCloseTo(fit.losses.at(-1) ?? NaN, 10);
  });

  it('gives orthonormal rotations, also for slices without full rank, and the same answer twice', () => {
    const { slices } = known(6, 0.1);
    const poor = [...slices, matrixOf(20, 6, (row) => (row === 0 ? 1 : 0))];
    const [one, two] = [parafac2(poor, { ...options, randomStarts: 2, maxRounds: 30 }), parafac2(poor, { ...options, randomStarts: 2, maxRounds: 30 })];

    for (const rotation of one.rotations) for (const [at, value] of multiply(transpose(rotation), rotation).values.entries()) expect(value).toBeCloseTo(at % 4 === 0 ? 1 : 0, 9);
    expect(two).toEqual(one);
  });

  it('refuses slices it cannot fit', () => {
    expect(() => parafac2([matrixOf(3, 2, () => 1)], options)).toThrow(/two slices/);
    expect(() => parafac2([matrixOf(3, 2, () => 1), matrixOf(3, 2, () => 1)], options)).toThrow(/3 components/);
    expect(() => parafac2([matrixOf(5, 3), matrixOf(5, 3)], options)).toThrow(/zero/);
    expect(() => parafac2([matrixOf(5, 3, () => NaN), matrixOf(5, 3)], options)).toThrow(/finite/);
  });
});
