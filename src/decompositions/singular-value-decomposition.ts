import { matrixOf, type Matrix } from './matrix.ts';

export interface SingularValueDecomposition {
  /** [rows, columns], orthonormal columns; a column whose singular value is zero is zero. */
  readonly left: Matrix;
  /** Falling, never negative. */
  readonly values: Float64Array;
  /** [columns, columns], orthonormal. */
  readonly right: Matrix;
}

/** Sweeps after which the columns are as orthogonal as they get; ten are enough in practice. */
const MAX_SWEEPS = 60;

/**
 * A = left · diag(values) · rightᵀ of a matrix that is at least as high as wide, by rotating pairs of columns until all are
 * orthogonal (one-sided Jacobi, Hestenes 1958): small singular values come out as exact as large ones, which those from
 * AᵀA do not. Throws RangeError for a matrix that is wider than high or not finite.
 */
export function singularValueDecomposition(matrix: Matrix): SingularValueDecomposition {
  const { rows, columns } = matrix;
  if (columns > rows) throw new RangeError(`The matrix is wider (${columns}) than high (${rows}); decompose its transpose.`);
  if (!matrix.values.every(Number.isFinite)) throw new RangeError('The matrix holds values that are not finite numbers.');
  const sides = Array.from({ length: columns }, (_, column) => Float64Array.from({ length: rows }, (_unused, row) => matrix.values[row * columns + column] as number));
  const turns = Array.from({ length: columns }, (_, column) => Float64Array.from({ length: columns }, (_unused, row) => (row === column ? 1 : 0)));
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep += 1) {
    if (!rotateAll(sides, turns)) break;
  }
  const lengths = sides.map((side) => Math.sqrt(dot(side, side)));
  const order = [...lengths.keys()].sort((left, right) => (lengths[right] as number) - (lengths[left] as number));
  return {
    left: matrixOf(rows, columns, (row, column) => {
      const from = order[column] as number;
      const length = lengths[from] as number;
      return length === 0 ? 0 : ((sides[from] as Float64Array)[row] as number) / length;
    }),
    values: Float64Array.from(order, (from) => lengths[from] as number),
    right: matrixOf(columns, columns, (row, column) => (turns[order[column] as number] as Float64Array)[row] as number),
  };
}

/** One sweep over all pairs; false when every pair was orthogonal already. */
function rotateAll(sides: readonly Float64Array[], turns: readonly Float64Array[]): boolean {
  let hasTurned = false;
  for (let i = 0; i < sides.length - 1; i += 1) {
    for (let j = i + 1; j < sides.length; j += 1) {
      const [a, b] = [sides[i] as Float64Array, sides[j] as Float64Array];
      const [alpha, beta, gamma] = [dot(a, a), dot(b, b), dot(a, b)];
      if (gamma === 0 || Math.abs(gamma) <= Number.EPSILON * Math.sqrt(alpha * beta)) continue;
      hasTurned = true;
      const zeta = (beta - alpha) / (2 * gamma);
      const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
      const c = 1 / Math.hypot(1, t);
      rotate(a, b, c, c * t);
      rotate(turns[i] as Float64Array, turns[j] as Float64Array, c, c * t);
    }
  }
  return hasTurned;
}

function rotate(a: Float64Array, b: Float64Array, c: number, s: number): void {
  for (let at = 0; at < a.length; at += 1) {
    const [x, y] = [a[at] as number, b[at] as number];
    a[at] = c * x - s * y;
    b[at] = s * x + c * y;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] as number) * (b[at] as number);
  return sum;
}
