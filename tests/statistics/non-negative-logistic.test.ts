import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nonNegativeLogistic, type LabeledRow } from '../../src/statistics/non-negative-logistic.ts';
import { randomSource } from '../../src/statistics/random.ts';

function loss(rows: readonly LabeledRow[], ridge: number, intercept: number, weights: readonly number[]): number {
  const sum = rows.reduce((total, { values, isPositive }) => {
    const margin = values.reduce((all, value, column) => all + value * (weights[column] ?? 0), intercept);
    return total + Math.log1p(Math.exp(isPositive ? -margin : margin));
  }, 0);
  return sum / rows.length + (ridge / 2) * weights.reduce((total, weight) => total + weight * weight, 0);
}

const random = randomSource(7, 'rows');
const rows: LabeledRow[] = Array.from({ length: 300 }, () => {
  const values = [random.uniform(), random.uniform(), random.uniform()];
  return { values, isPositive: random.uniform() < 1 / (1 + Math.exp(-(-2 + 4 * (values[0] as number) - 3 * (values[2] as number)))) };
});

describe('non-negative logistic regression', () => {
  it('recovers a positive effect, and gives a negative one no weight', () => {
    const { intercept, weights } = nonNegativeLogistic(rows, 1e-4);

    expect(weights[0]).toBeGreaterThan(2.5);
    expect(weights[2]).toBe(0);
    expect(intercept).toBeLessThan(0);
  });

  it('no feasible neighbor has a smaller loss', () => {
    const fit = nonNegativeLogistic(rows, 0.01);
    const least = loss(rows, 0.01, fit.intercept, fit.weights);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 4, maxLength: 4 }), ([shift = 0, ...moves]) => {
        const neighbor = fit.weights.map((weight, column) => Math.max(0, weight + (moves[column] ?? 0)));
        expect(loss(rows, 0.01, fit.intercept + shift, neighbor)).toBeGreaterThanOrEqual(least - 1e-9);
      }),
      { seed: 3 },
    );
  });

  it('without rows or columns there is nothing to weigh', () => {
    expect(nonNegativeLogistic([], 0.1)).toEqual({ intercept: 0, weights: [] });
    expect(nonNegativeLogistic([{ values: [0], isPositive: true }, { values: [0], isPositive: false }], 0.1).weights).toEqual([0]);
  });
});
