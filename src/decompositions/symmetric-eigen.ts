import { matrixOf, type Matrix } from './matrix.ts';

export interface SymmetricEigen {
  /** Falling. */
  readonly values: Float64Array;
  /** Column j belongs to `values[j]`; orthonormal. */
  readonly vectors: Matrix;
}

/** Rounds after which an eigenvalue has not been isolated; in exact use two or three are enough. */
const MAX_ROUNDS = 60;

/**
 * All eigenvalues and vectors of a symmetric matrix; of another one, those of its lower triangle. Householder reflections
 * to tridiagonal form, then implicit QL (Bowdler, Martin, Reinsch, Wilkinson 1968, the routines tred2 and tql2 of EISPACK).
 * Throws RangeError when the matrix is not square or holds what is not a finite number.
 */
export function symmetricEigen(matrix: Matrix): SymmetricEigen {
  const side = matrix.rows;
  if (matrix.columns !== side) throw new RangeError(`A matrix of ${side} by ${matrix.columns} has no eigenvalues.`);
  if (!matrix.values.every(Number.isFinite)) throw new RangeError('The matrix holds values that are not finite numbers.');
  if (side === 0) return { values: new Float64Array(0), vectors: matrixOf(0, 0) };
  const v = Array.from({ length: side }, (_, row) => Float64Array.from({ length: side }, (_unused, column) => matrix.values[Math.max(row, column) * side + Math.min(row, column)] as number));
  const d = new Float64Array(side);
  const e = new Float64Array(side);
  reduce(v, d, e);
  diagonalize(v, d, e);
  const order = Array.from(d.keys()).sort((left, right) => (d[right] as number) - (d[left] as number));
  return {
    values: Float64Array.from(order, (at) => d[at] as number),
    vectors: matrixOf(side, side, (row, column) => (v[row] as Float64Array)[order[column] as number] as number),
  };
}

/* The two routines below walk arrays by index in orders that no iterator has; `at` and `row` are in range by construction. */
/* eslint-disable @typescript-eslint/no-non-null-assertion */

/** Tridiagonal form: diagonal into `d`, what is beside it into `e`, the product of the reflections into `v`. */
function reduce(v: Float64Array[], d: Float64Array, e: Float64Array): void {
  const n = d.length;
  for (let j = 0; j < n; j += 1) d[j] = v[n - 1]![j]!;
  for (let i = n - 1; i > 0; i -= 1) {
    let scale = 0;
    let h = 0;
    for (let k = 0; k < i; k += 1) scale += Math.abs(d[k]!);
    if (scale === 0) {
      e[i] = d[i - 1]!;
      for (let j = 0; j < i; j += 1) {
        d[j] = v[i - 1]![j]!;
        v[i]![j] = 0;
        v[j]![i] = 0;
      }
    } else {
      for (let k = 0; k < i; k += 1) {
        d[k] = d[k]! / scale;
        h += d[k]! * d[k]!;
      }
      const f = d[i - 1]!;
      const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * g;
      h -= f * g;
      d[i - 1] = f - g;
      e.fill(0, 0, i);
      for (let j = 0; j < i; j += 1) {
        const dj = d[j]!;
        v[j]![i] = dj;
        let sum = e[j]! + v[j]![j]! * dj;
        for (let k = j + 1; k < i; k += 1) {
          sum += v[k]![j]! * d[k]!;
          e[k] = e[k]! + v[k]![j]! * dj;
        }
        e[j] = sum;
      }
      let along = 0;
      for (let j = 0; j < i; j += 1) {
        e[j] = e[j]! / h;
        along += e[j]! * d[j]!;
      }
      const half = along / (h + h);
      for (let j = 0; j < i; j += 1) e[j] = e[j]! - half * d[j]!;
      for (let j = 0; j < i; j += 1) {
        const dj = d[j]!;
        const ej = e[j]!;
        for (let k = j; k < i; k += 1) v[k]![j] = v[k]![j]! - (dj * e[k]! + ej * d[k]!);
        d[j] = v[i - 1]![j]!;
        v[i]![j] = 0;
      }
    }
    d[i] = h;
  }
  for (let i = 0; i < n - 1; i += 1) {
    v[n - 1]![i] = v[i]![i]!;
    v[i]![i] = 1;
    const h = d[i + 1]!;
    if (h !== 0) {
      for (let k = 0; k <= i; k += 1) d[k] = v[k]![i + 1]! / h;
      for (let j = 0; j <= i; j += 1) {
        let g = 0;
        for (let k = 0; k <= i; k += 1) g += v[k]![i + 1]! * v[k]![j]!;
        for (let k = 0; k <= i; k += 1) v[k]![j] = v[k]![j]! - g * d[k]!;
      }
    }
    for (let k = 0; k <= i; k += 1) v[k]![i + 1] = 0;
  }
  for (let j = 0; j < n; j += 1) {
    d[j] = v[n - 1]![j]!;
    v[n - 1]![j] = 0;
  }
  v[n - 1]![n - 1] = 1;
  e[0] = 0;
}

function diagonalize(v: readonly Float64Array[], d: Float64Array, e: Float64Array): void {
  const n = d.length;
  e.copyWithin(0, 1);
  e[n - 1] = 0;
  let shift = 0;
  let largest = 0;
  for (let l = 0; l < n; l += 1) {
    largest = Math.max(largest, Math.abs(d[l]!) + Math.abs(e[l]!));
    let m = l;
    while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * largest) m += 1;
    for (let round = 0; m > l && Math.abs(e[l]!) > Number.EPSILON * largest; round += 1) {
      if (round >= MAX_ROUNDS) throw new RangeError('The eigenvalues could not be isolated.');
      const g = d[l]!;
      let p = (d[l + 1]! - g) / (2 * e[l]!);
      let r = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
      d[l] = e[l]! / (p + r);
      d[l + 1] = e[l]! * (p + r);
      const next = d[l + 1]!;
      const moved = g - d[l]!;
      for (let i = l + 2; i < n; i += 1) d[i] = d[i]! - moved;
      shift += moved;
      p = d[m]!;
      let [c, c2, c3] = [1, 1, 1];
      let [s, s2] = [0, 0];
      const beside = e[l + 1]!;
      for (let i = m - 1; i >= l; i -= 1) {
        c3 = c2;
        c2 = c;
        s2 = s;
        const height = c * e[i]!;
        const h = c * p;
        r = Math.hypot(p, e[i]!);
        e[i + 1] = s * r;
        s = e[i]! / r;
        c = p / r;
        p = c * d[i]! - s * height;
        d[i + 1] = h + s * (c * height + s * d[i]!);
        for (let k = 0; k < n; k += 1) {
          const row = v[k]!;
          const right = row[i + 1]!;
          row[i + 1] = s * row[i]! + c * right;
          row[i] = c * row[i]! - s * right;
        }
      }
      p = (-s * s2 * c3 * beside * e[l]!) / next;
      e[l] = s * p;
      d[l] = c * p;
    }
    d[l] = d[l]! + shift;
    e[l] = 0;
  }
}
