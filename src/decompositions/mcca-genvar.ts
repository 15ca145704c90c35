import { dot } from './demixing.ts';
import { entry, matrixOf, multiply, transpose, type Matrix } from './matrix.ts';
import { mccaMaxvar } from './mcca-maxvar.ts';
import { positiveDefinite, type PositiveDefinite } from './positive-definite.ts';
import { besideOthers, covariancesWithOthers, explainedByOthers, precisionWith, precisionWithout } from './precision-update.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

export interface GeneralizedVarianceStage {
  /** Natural logarithm of the determinant of the correlations between the stage's variates: 0 for unrelated data sets, falling without bound. */
  readonly logDeterminant: number;
  /** One unit vector a data set, orthogonal to those of earlier stages. */
  readonly weights: readonly Float64Array[];
}

export interface GeneralizedVarianceOptions {
  readonly maxSweeps: number;
  /** Stop when a sweep lowers the logarithm, per data set, by less than this. */
  readonly tolerance: number;
  readonly onSweep?: () => void;
}

/** As in independent vector analysis: keeps the determinant of equal data sets above zero. */
const RIDGE = 1e-9;

/**
 * Multiset canonical correlation analysis, GENVAR (Kettenring 1971; Steel 1951): variates, one a data set, that make the determinant of
 * their correlation matrix as small as possible, each stage's weights orthogonal to the earlier ones'. As a function of one data set's
 * weights the determinant is c · (1 − wᵀQw), so the best ones are Q's first eigenvector: every step is exact and the
 * determinant never rises. For two data sets these are the canonical correlations of Hotelling (1936). Starts from MAXVAR.
 */
export function mccaGenvar(covariances: readonly (readonly Matrix[])[], count: number, options: GeneralizedVarianceOptions): readonly GeneralizedVarianceStage[] {
  const starts = mccaMaxvar(covariances, count);
  const variables = covariances[0]?.[0]?.rows ?? 0;
  const taken: Float64Array[][] = covariances.map(() => []);
  const stages: GeneralizedVarianceStage[] = [];
  for (const start of starts) {
    const free = taken.map((vectors) => complement(vectors, variables));
    const weights = start.weights.map((vector, k) => within(vector, free[k] as Matrix));
    let before = determinantOf(covariances, weights).logDeterminant;
    for (let sweep = 0; sweep < options.maxSweeps; sweep += 1) {
      options.onSweep?.();
      sweepStage(covariances, weights, free);
      const after = determinantOf(covariances, weights).logDeterminant;
      const gained = before - after;
      before = after;
      if (gained < options.tolerance * weights.length) break;
    }
    stages.push({ logDeterminant: before, weights: weights.map((vector) => Float64Array.from(vector)) });
    for (const [k, vector] of weights.entries()) (taken[k] as Float64Array[]).push(vector);
  }
  return stages;
}

function correlations(covariances: readonly (readonly Matrix[])[], weights: readonly Float64Array[]): Matrix {
  const along = weights.map((one, k) => weights.map((_, l) => times((covariances[k] as readonly Matrix[])[l] as Matrix, weights[l] as Float64Array)).map((vector) => dot(one, vector)));
  return matrixOf(weights.length, weights.length, (row, column) => (row === column ? 1 + RIDGE : ((along[Math.max(row, column)] as readonly number[])[Math.min(row, column)] as number)));
}

function determinantOf(covariances: readonly (readonly Matrix[])[], weights: readonly Float64Array[]): PositiveDefinite {
  const definite = positiveDefinite(correlations(covariances, weights));
  if (definite === undefined) throw new RangeError('The correlations of the variates are not positive definite: are the data whitened?');
  return definite;
}

function sweepStage(covariances: readonly (readonly Matrix[])[], weights: Float64Array[], free: readonly Matrix[]): void {
  let precision = determinantOf(covariances, weights).inverse;
  for (let k = 0; k < weights.length; k += 1) {
    const beside = besideOthers(covariances, weights, k);
    const without = precisionWithout(precision, k);
    const explained = explainedByOthers(beside, without);
    const directions = free[k] as Matrix;
    const { vectors } = symmetricEigen(multiply(transpose(directions), multiply(explained, directions)));
    const best = Float64Array.from({ length: directions.rows }, (_, row) => {
      let sum = 0;
      for (let at = 0; at < directions.columns; at += 1) sum += entry(directions, row, at) * entry(vectors, at, 0);
      return sum;
    });
    weights[k] = best;
    precision = precisionWith(without, k, covariancesWithOthers(best, beside), 1 + RIDGE);
  }
}

/** Orthonormal columns that span what is orthogonal to `vectors`. */
function complement(vectors: readonly Float64Array[], variables: number): Matrix {
  const projection = matrixOf(variables, variables, (row, column) => (row === column ? 1 : 0) - vectors.reduce((sum, one) => sum + (one[row] as number) * (one[column] as number), 0));
  const { vectors: all } = symmetricEigen(projection);
  return matrixOf(variables, variables - vectors.length, (row, column) => entry(all, row, column));
}

/** A start inside the free directions: the given one as far as it lies there, else the first. */
function within(vector: Float64Array, free: Matrix): Float64Array {
  const inside = Float64Array.from({ length: free.columns }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < free.rows; row += 1) sum += entry(free, row, column) * (vector[row] as number);
    return sum;
  });
  const length = Math.hypot(...inside);
  const unit = length < 1e-9 ? inside.map((_, at) => (at === 0 ? 1 : 0)) : inside.map((value) => value / length);
  return Float64Array.from({ length: free.rows }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < free.columns; column += 1) sum += entry(free, row, column) * (unit[column] as number);
    return sum;
  });
}

function times(matrix: Matrix, vector: Float64Array): Float64Array {
  return Float64Array.from({ length: matrix.rows }, (_, row) => dot(matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns), vector));
}
