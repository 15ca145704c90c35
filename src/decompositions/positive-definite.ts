import { matrixOf, type Matrix } from './matrix.ts';

export interface PositiveDefinite {
  readonly inverse: Matrix;
  /** Natural logarithm of the determinant. */
  readonly logDeterminant: number;
}

/**
 * Inverse and determinant of a symmetric positive definite matrix by its Cholesky factor (Golub and Van Loan, Matrix
 * Computations, section 4.2). Undefined when the matrix is not positive definite, which includes NaN. Throws RangeError
 * unless it is square.
 */
export function positiveDefinite(matrix: Matrix): PositiveDefinite | undefined {
  const factor = choleskyFactor(matrix);
  if (factor === undefined) return undefined;
  const side = matrix.rows;
  const inverse = matrixOf(side, side);
  const column = new Float64Array(side);
  let logDeterminant = 0;
  for (let at = 0; at < side; at += 1) {
    logDeterminant += 2 * Math.log(factor[at * side + at] as number);
    column.fill(0);
    column[at] = 1;
    solveInPlace(factor, column);
    for (let row = 0; row < side; row += 1) inverse.values[row * side + at] = column[row] as number;
  }
  return { inverse, logDeterminant };
}

/** The x with matrix · x = right. Undefined when the matrix is not positive definite. */
export function solvePositiveDefinite(matrix: Matrix, right: ArrayLike<number>): Float64Array | undefined {
  return solveManyPositiveDefinite(matrix, [right])?.[0];
}

/** The same for several right sides, each with a solution, from one factor. */
export function solveManyPositiveDefinite(matrix: Matrix, rights: readonly ArrayLike<number>[]): readonly Float64Array[] | undefined {
  const factor = choleskyFactor(matrix);
  if (factor === undefined) return undefined;
  return rights.map((right) => {
    if (right.length !== matrix.rows) throw new RangeError(`${right.length} numbers do not fit ${matrix.rows} equations.`);
    const x = Float64Array.from(right);
    solveInPlace(factor, x);
    return x;
  });
}

function choleskyFactor({ rows: side, columns, values }: Matrix): Float64Array | undefined {
  if (columns !== side) throw new RangeError(`A matrix of ${side} by ${columns} has no inverse.`);
  const factor = new Float64Array(side * side);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = values[row * side + column] as number;
      for (let at = 0; at < column; at += 1) sum -= (factor[row * side + at] as number) * (factor[column * side + at] as number);
      if (row !== column) factor[row * side + column] = sum / (factor[column * side + column] as number);
      else if (sum > 0) factor[row * side + row] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return factor;
}

function solveInPlace(factor: Float64Array, x: Float64Array): void {
  const side = x.length;
  for (let row = 0; row < side; row += 1) {
    let sum = x[row] as number;
    for (let at = 0; at < row; at += 1) sum -= (factor[row * side + at] as number) * (x[at] as number);
    x[row] = sum / (factor[row * side + row] as number);
  }
  for (let row = side - 1; row >= 0; row -= 1) {
    let sum = x[row] as number;
    for (let at = row + 1; at < side; at += 1) sum -= (factor[at * side + row] as number) * (x[at] as number);
    x[row] = sum / (factor[row * side + row] as number);
  }
}
