import { dot, freeDirection, logDeterminant, startOf, type Demixing, type DemixingOptions } from './demixing.ts';
import { entry, matrixOf, type Matrix } from './matrix.ts';
import { positiveDefinite, solvePositiveDefinite } from './positive-definite.ts';
import { besideOthers, covariancesWithOthers, explainedByOthers, precisionWith, precisionWithout } from './precision-update.ts';

/**
 * Added to the diagonal of every covariance of a source across data sets: identical data sets make it singular, and its
 * logarithm minus infinity. Beside unit variances it moves no correlation in the first eight digits.
 */
const RIDGE = 1e-9;

/**
 * Independent vector analysis with Gaussian sources. Given covariances between whitened data sets (`covariances[k][l]` is
 * [sources, sources]), finds demixing matrices W[k] that minimize
 *
 *     Σ_n ½ log det Σ_n − Σ_k log |det W[k]|,      Σ_n the covariance of the n-th sources across data sets
 *
 * (Anderson, Adali, Li, Joint Blind Source Separation With Multivariate Gaussian Model, IEEE Trans. Signal Processing 60(4),
 * 2012, without its constants). As a function of one row w = w_n[k] alone this is ½ log wᵀMw − log |hᵀw| + constant, with M what
 * the other data sets' n-th sources leave unexplained and h the direction orthogonal to W[k]'s other rows. Its minimum is
 * M⁻¹h, so every step is exact and the cost never rises. Rows have unit variance.
 */
export function ivaGaussian(covariances: readonly (readonly Matrix[])[], options: DemixingOptions): Demixing {
  const dataSets = covariances.length;
  const sources = covariances[0]?.[0]?.rows ?? 0;
  if (dataSets < 2 || sources < 1) throw new RangeError('Independent vector analysis needs at least two data sets and one source.');
  const matrices = startOf(options, dataSets, sources);
  for (const [k, matrix] of matrices.entries()) for (let n = 0; n < sources; n += 1) toUnitVariance(matrix, n, (covariances[k] as readonly Matrix[])[k] as Matrix);

  const costs = [cost(covariances, matrices)];
  for (let sweep = 0; sweep < options.maxSweeps; sweep += 1) {
    options.onSweep?.(sweep);
    for (let n = 0; n < sources; n += 1) sweepSource(covariances, matrices, n);
    costs.push(cost(covariances, matrices));
    const gained = (costs.at(-2) as number) - (costs.at(-1) as number);
    if (gained < options.tolerance * dataSets * sources) return { matrices, costs, hasConverged: true };
  }
  return { matrices, costs, hasConverged: false };
}

/** Covariance of the n-th demixed source across data sets, [data sets, data sets]. */
export function sourceCovariance(covariances: readonly (readonly Matrix[])[], matrices: readonly Matrix[], n: number): Matrix {
  const count = matrices.length;
  const covariance = matrixOf(count, count);
  for (let k = 0; k < count; k += 1) {
    for (let l = 0; l <= k; l += 1) {
      const value = dot(rowOf(matrices[k] as Matrix, n), times((covariances[k] as readonly Matrix[])[l] as Matrix, rowOf(matrices[l] as Matrix, n)));
      covariance.values[k * count + l] = value;
      covariance.values[l * count + k] = value;
    }
  }
  for (let k = 0; k < count; k += 1) covariance.values[k * count + k] = entry(covariance, k, k) + RIDGE;
  return covariance;
}

function cost(covariances: readonly (readonly Matrix[])[], matrices: readonly Matrix[]): number {
  let sum = 0;
  for (let n = 0; n < (matrices[0] as Matrix).rows; n += 1) {
    const definite = positiveDefinite(sourceCovariance(covariances, matrices, n));
    if (definite === undefined) throw new RangeError('The covariance of a source is not positive definite: are the data whitened?');
    sum += definite.logDeterminant / 2;
  }
  return matrices.reduce((total, matrix) => total - logDeterminant(matrix), sum);
}

function sweepSource(covariances: readonly (readonly Matrix[])[], matrices: readonly Matrix[], n: number): void {
  let precision = positiveDefinite(sourceCovariance(covariances, matrices, n))?.inverse;
  for (const [k, matrix] of matrices.entries()) {
    if (precision === undefined) return;
    const self = (covariances[k] as readonly Matrix[])[k] as Matrix;
    const beside = besideOthers(covariances, matrices.map((one) => rowOf(one, n)), k);
    const without = precisionWithout(precision, k);
    const explained = explainedByOthers(beside, without);
    const unexplained = matrixOf(self.rows, self.rows, (a, b) => entry(self, a, b) + (a === b ? RIDGE : 0) - entry(explained, a, b));
    const row = solvePositiveDefinite(unexplained, freeDirection(matrix, n));
    if (row === undefined || !row.every(Number.isFinite)) continue;
    matrix.values.set(row, n * matrix.columns);
    toUnitVariance(matrix, n, self);
    const now = rowOf(matrix, n);
    precision = precisionWith(without, k, covariancesWithOthers(now, beside), dot(now, times(self, now)) + RIDGE);
  }
}

function toUnitVariance(matrix: Matrix, n: number, self: Matrix): void {
  const row = rowOf(matrix, n);
  const deviation = Math.sqrt(dot(row, times(self, row)));
  if (!(deviation > 0)) throw new RangeError('A demixing row has no variance.');
  matrix.values.set(row.map((value) => value / deviation), n * matrix.columns);
}

function rowOf(matrix: Matrix, row: number): Float64Array {
  return matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns);
}

function times(matrix: Matrix, vector: ArrayLike<number>): Float64Array {
  const product = new Float64Array(matrix.rows);
  for (let row = 0; row < matrix.rows; row += 1) {
    let sum = 0;
    for (let column = 0; column < matrix.columns; column += 1) sum += (matrix.values[row * matrix.columns + column] as number) * (vector[column] as number);
    product[row] = sum;
  }
  return product;
}
