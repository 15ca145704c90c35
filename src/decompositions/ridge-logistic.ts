import { matrixOf } from './matrix.ts';
import { solvePositiveDefinite } from './positive-definite.ts';

export interface RidgeLogistic {
  /** Log odds of the positive group. */
  logOdds(values: Float32Array, at: number): number;
}

/** Newton's method doubles its digits at each step; a separable table needs more, and the ridge keeps it finite. */
const MAX_STEPS = 30;
const SETTLED = 1e-8;

/** Rows whose products are added up at once: each entry of the curvature is read and written a fourth as often, and that is most of the time. */
const TOGETHER = 4;

/**
 * Logistic regression with the penalty ½ λ Σ w² on the weights of standardized columns (not on the intercept), by Newton's method with halved steps:
 * the optimum that scikit-learn's LogisticRegression(C=1/λ) finds behind a StandardScaler. `table` is [rows, columns]; a column that does not vary counts for nothing.
 */
export function ridgeLogistic(table: Float32Array, columns: number, isPositive: readonly boolean[], ridge: number): RidgeLogistic {
  const rows = isPositive.length;
  const { mean, scale } = standards(table, rows, columns);
  const side = columns + 1;
  const x = new Float64Array(rows * side);
  for (let row = 0; row < rows; row += 1) {
    for (let c = 0; c < columns; c += 1) x[row * side + c] = ((table[row * columns + c] as number) - (mean[c] as number)) * (scale[c] as number);
    x[row * side + columns] = 1;
  }
  let weights = new Float64Array(side);
  let loss = lossOf(x, side, isPositive, weights, ridge);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const move = newtonMove(x, side, isPositive, weights, ridge);
    if (move === undefined) break;
    let size = 1;
    let next = weights;
    let reached = loss;
    for (; size > 1e-4; size /= 2) {
      next = weights.map((weight, at) => weight - size * (move[at] as number));
      reached = lossOf(x, side, isPositive, next, ridge);
      if (reached <= loss) break;
    }
    if (!(reached <= loss)) break;
    const gain = loss - reached;
    [weights, loss] = [next, reached];
    if (gain < SETTLED * (1 + Math.abs(loss))) break;
  }
  return {
    logOdds(values, at) {
      let sum = weights[columns] as number;
      for (let c = 0; c < columns; c += 1) sum += (weights[c] as number) * ((values[at + c] as number) - (mean[c] as number)) * (scale[c] as number);
      return sum;
    },
  };
}

function standards(table: Float32Array, rows: number, columns: number): { readonly mean: Float64Array; readonly scale: Float64Array } {
  const mean = new Float64Array(columns);
  const scale = new Float64Array(columns);
  for (let row = 0; row < rows; row += 1) for (let c = 0; c < columns; c += 1) mean[c] = (mean[c] as number) + (table[row * columns + c] as number) / rows;
  for (let row = 0; row < rows; row += 1) for (let c = 0; c < columns; c += 1) scale[c] = (scale[c] as number) + ((table[row * columns + c] as number) - (mean[c] as number)) ** 2 / rows;
  for (let c = 0; c < columns; c += 1) scale[c] = (scale[c] as number) > 1e-12 ? 1 / Math.sqrt(scale[c] as number) : 0;
  return { mean, scale };
}

function marginOf(x: Float64Array, row: number, side: number, weights: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < side; c += 1) sum += (weights[c] as number) * (x[row * side + c] as number);
  return sum;
}

function lossOf(x: Float64Array, side: number, isPositive: readonly boolean[], weights: Float64Array, ridge: number): number {
  let loss = 0;
  for (let c = 0; c < side - 1; c += 1) loss += (ridge / 2) * (weights[c] as number) ** 2;
  for (const [row, positive] of isPositive.entries()) {
    const margin = (positive ? 1 : -1) * marginOf(x, row, side, weights);
    loss += margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
  }
  return loss;
}

function newtonMove(x: Float64Array, side: number, isPositive: readonly boolean[], weights: Float64Array, ridge: number): Float64Array | undefined {
  const gradient = new Float64Array(side);
  const curvature = matrixOf(side, side);
  for (let c = 0; c < side; c += 1) {
    // The intercept is free but for what keeps the matrix regular where one group is missing.
    const penalty = c < side - 1 ? ridge : 1e-9;
    gradient[c] = penalty * (weights[c] as number);
    curvature.values[c * side + c] = penalty;
  }
  const { values } = curvature;
  const none = new Float64Array(side);
  for (let first = 0; first < isPositive.length; first += TOGETHER) {
    const [p, q, r, s] = [0, 1, 2, 3].map((at) => (first + at < isPositive.length ? x.subarray((first + at) * side, (first + at + 1) * side) : none)) as [Float64Array, Float64Array, Float64Array, Float64Array];
    const [residual, weight] = [new Float64Array(TOGETHER), new Float64Array(TOGETHER)];
    for (let at = 0; at < TOGETHER && first + at < isPositive.length; at += 1) {
      const chance = 1 / (1 + Math.exp(-marginOf(x, first + at, side, weights)));
      residual[at] = chance - (isPositive[first + at] === true ? 1 : 0);
      weight[at] = Math.max(chance * (1 - chance), 1e-10);
    }
    const [rp, rq, rr, rs] = residual as unknown as [number, number, number, number];
    const [wp, wq, wr, ws] = weight as unknown as [number, number, number, number];
    for (let a = 0, place = 0; a < side; a += 1, place = a * side) {
      const [pa, qa, ra, sa] = [p[a] as number, q[a] as number, r[a] as number, s[a] as number];
      gradient[a] = (gradient[a] as number) + rp * pa + rq * qa + rr * ra + rs * sa;
      const [ap, aq, ar, as] = [wp * pa, wq * qa, wr * ra, ws * sa];
      for (let b = 0; b <= a; b += 1, place += 1) {
        values[place] = (values[place] as number) + ap * (p[b] as number) + aq * (q[b] as number) + ar * (r[b] as number) + as * (s[b] as number);
      }
    }
  }
  return solvePositiveDefinite(curvature, gradient);
}
