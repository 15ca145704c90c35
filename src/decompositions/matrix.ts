/** A dense matrix, row after row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], row-major. */
  readonly values: Float64Array;
}

/** Zeros, or `fill(row, column)`. Throws RangeError unless both sizes are whole and not negative. */
export function matrixOf(rows: number, columns: number, fill?: (row: number, column: number) => number): Matrix {
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 0 || columns < 0) throw new RangeError(`There is no matrix of ${rows} by ${columns}.`);
  const values = new Float64Array(rows * columns);
  if (fill === undefined) return { rows, columns, values };
  for (let row = 0; row < rows; row += 1) for (let column = 0; column < columns; column += 1) values[row * columns + column] = fill(row, column);
  return { rows, columns, values };
}

export function identity(side: number): Matrix {
  return matrixOf(side, side, (row, column) => (row === column ? 1 : 0));
}

export function entry(matrix: Matrix, row: number, column: number): number {
  return matrix.values[row * matrix.columns + column] as number;
}

export function transpose(matrix: Matrix): Matrix {
  return matrixOf(matrix.columns, matrix.rows, (row, column) => entry(matrix, column, row));
}

/** A·B. Throws RangeError when the inner sizes differ. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) throw mismatch(a, b);
  const product = matrixOf(a.rows, b.columns);
  for (let row = 0; row < a.rows; row += 1) {
    for (let inner = 0; inner < a.columns; inner += 1) {
      const factor = a.values[row * a.columns + inner] as number;
      if (factor === 0) continue;
      for (let column = 0; column < b.columns; column += 1) {
        product.values[row * b.columns + column] = (product.values[row * b.columns + column] as number) + factor * (b.values[inner * b.columns + column] as number);
      }
    }
  }
  return product;
}

/** A·Bᵀ: inner products of the rows of both. Throws RangeError when their lengths differ. */
export function timesTransposed(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.columns) throw mismatch(a, b);
  const length = a.columns;
  return matrixOf(a.rows, b.rows, (row, column) => {
    let sum = 0;
    for (let at = 0; at < length; at += 1) sum += (a.values[row * length + at] as number) * (b.values[column * length + at] as number);
    return sum;
  });
}

/** Sum of the squares of all entries. */
export function squaredNorm(matrix: Matrix): number {
  let sum = 0;
  for (const value of matrix.values) sum += value * value;
  return sum;
}

function mismatch(a: Matrix, b: Matrix): RangeError {
  return new RangeError(`Matrices of ${a.rows} by ${a.columns} and of ${b.rows} by ${b.columns} have no product.`);
}
