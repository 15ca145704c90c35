import { entry, matrixOf, multiply, timesTransposed, transpose, type Matrix } from './matrix.ts';
import { singularValueDecomposition } from './singular-value-decomposition.ts';

export interface WhitenedComponents {
  /** [components, samples]: uncorrelated, unit variance, mean zero. */
  readonly whitened: Matrix;
  /** [variables, components]: what the whitened components are multiplied by to give the centered data back, as far as kept. */
  readonly mixing: Matrix;
  /** Shares of the variance of all components there are, falling. */
  readonly shares: Float64Array;
}

/**
 * Principal components of one data set of [variables, samples], each variable centered, brought to unit variance (divided
 * by the number of samples). Throws RangeError when there are not more samples than variables, when a value is not finite,
 * and when fewer than `components` directions vary at all.
 */
export function whitenedComponents(data: Matrix, components: number): WhitenedComponents {
  const { singular, shares } = decompose(data);
  const count = data.columns;
  const { left, values, right } = singular;
  if (components > values.length || !((values[components - 1] ?? 0) > RANK_TOLERANCE * (values[0] ?? 0))) {
    throw new RangeError(`The data vary in fewer than ${components} directions.`);
  }
  const root = Math.sqrt(count);
  return {
    whitened: matrixOf(components, count, (row, column) => root * entry(left, column, row)),
    mixing: matrixOf(data.rows, components, (row, column) => (entry(right, row, column) * (values[column] as number)) / root),
    shares,
  };
}

/** The fewest components that keep at least `share` of each data set's variance on average. At least one. */
export function componentsKeeping(share: number, dataSets: readonly Matrix[]): number {
  const all = dataSets.map((data) => decompose(data).shares);
  const most = Math.max(0, ...all.map(({ length }) => length));
  let kept = 0;
  for (let count = 1; count <= most; count += 1) {
    kept += all.reduce((sum, shares) => sum + (shares[count - 1] ?? 0), 0) / all.length;
    if (kept >= share - SHARE_TOLERANCE) return count;
  }
  return Math.max(1, most);
}

/** Directions whose variance is rounding noise beside the first one's. */
const RANK_TOLERANCE = 1e-9;

/** Shares add up to one only up to rounding. */
const SHARE_TOLERANCE = 1e-12;

function decompose(data: Matrix): { readonly singular: ReturnType<typeof singularValueDecomposition>; readonly shares: Float64Array } {
  if (data.columns <= data.rows) throw new RangeError(`${data.columns} samples are too few for ${data.rows} variables.`);
  const singular = singularValueDecomposition(transpose(centered(data)));
  const total = singular.values.reduce((sum, value) => sum + value * value, 0);
  if (!(total > 0)) throw new RangeError('The data do not vary.');
  return { singular, shares: singular.values.map((value) => (value * value) / total) };
}

function centered(data: Matrix): Matrix {
  const means = Float64Array.from({ length: data.rows }, (_, row) => data.values.subarray(row * data.columns, (row + 1) * data.columns).reduce((sum, value) => sum + value, 0) / data.columns);
  return matrixOf(data.rows, data.columns, (row, column) => entry(data, row, column) - (means[row] as number));
}

/** Covariances between all variables of all data sets: block (k, l) is whitened[k]·whitened[l]ᵀ / samples. */
export function crossCovariances(whitened: readonly Matrix[]): readonly (readonly Matrix[])[] {
  const blocks: Matrix[][] = whitened.map(() => []);
  for (const [k, one] of whitened.entries()) {
    for (let l = 0; l <= k; l += 1) {
      const other = whitened[l] as Matrix;
      const product = timesTransposed(one, other);
      const block = matrixOf(product.rows, product.columns, (row, column) => entry(product, row, column) / one.columns);
      (blocks[k] as Matrix[])[l] = block;
      (blocks[l] as Matrix[])[k] = transpose(block);
    }
  }
  return blocks;
}

/** Demixing rows applied to whitened data: [sources, samples]. */
export function demixed(demixing: Matrix, whitened: Matrix): Matrix {
  return multiply(demixing, whitened);
}
