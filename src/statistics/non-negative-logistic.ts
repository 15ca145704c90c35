export interface LabeledRow {
  readonly values: readonly number[];
  readonly isPositive: boolean;
}

export interface NonNegativeLogistic {
  readonly intercept: number;
  /** One a column, at least 0. */
  readonly weights: readonly number[];
}

/** Passes over all coordinates; the loss is convex and well conditioned for columns between 0 and 1, and settles in tens. */
const MAX_PASSES = 2000;

/** Largest change of any coefficient at which the fit has settled. */
const SETTLED = 1e-9;

/**
 * Logistic regression with weights that are not negative and a ridge penalty ½ λ Σ w²: the mean log loss over rows is
 * minimised one coordinate at a time by Newton steps with the curvature's bound ¼ Σ x² (so that no step overshoots), cut off
 * at zero. The intercept is not penalised.
 */
export function nonNegativeLogistic(rows: readonly LabeledRow[], ridge: number): NonNegativeLogistic {
  const columns = rows[0]?.values.length ?? 0;
  const weights = new Array<number>(columns).fill(0);
  let intercept = 0;
  const margins = new Float64Array(rows.length);
  const residual = (index: number): number => 1 / (1 + Math.exp(-(margins[index] as number))) - (rows[index]?.isPositive === true ? 1 : 0);
  const n = Math.max(1, rows.length);
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    let largest = 0;
    let slope = 0;
    for (let index = 0; index < rows.length; index += 1) slope += residual(index) / n;
    const step = -4 * slope;
    intercept += step;
    for (let index = 0; index < rows.length; index += 1) margins[index] = (margins[index] as number) + step;
    largest = Math.max(largest, Math.abs(step));
    for (let column = 0; column < columns; column += 1) {
      let [gradient, curvature] = [ridge * (weights[column] as number), ridge];
      rows.forEach(({ values }, index) => {
        const value = values[column] as number;
        gradient += (value * residual(index)) / n;
        curvature += (value * value) / (4 * n);
      });
      if (curvature === 0) continue;
      const before = weights[column] as number;
      const after = Math.max(0, before - gradient / curvature);
      if (after === before) continue;
      weights[column] = after;
      rows.forEach(({ values }, index) => (margins[index] = (margins[index] as number) + (after - before) * (values[column] as number)));
      largest = Math.max(largest, Math.abs(after - before));
    }
    if (largest < SETTLED) break;
  }
  return { intercept, weights };
}
