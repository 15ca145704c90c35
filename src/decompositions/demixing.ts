import { matrixOf, type Matrix } from './matrix.ts';

/** What independent vector analysis starts from and ends with. */
export interface Demixing {
  /** One [sources, sources] a data set: rows that take the whitened data apart. */
  readonly matrices: readonly Matrix[];
  /** Value of the cost after the start and after each sweep; never rises. */
  readonly costs: readonly number[];
  /** Whether the last sweep lowered the cost by less than the tolerance. */
  readonly hasConverged: boolean;
}

export interface DemixingOptions {
  /** Where to start, one [sources, sources] a data set; default: the identity. */
  readonly start?: readonly Matrix[];
  /** Sweeps over all sources and data sets after which to stop. */
  readonly maxSweeps: number;
  /** Stop when a sweep lowers the cost, per source and data set, by less than this. */
  readonly tolerance: number;
  /** Called before every sweep; may throw to stop. */
  readonly onSweep?: (sweep: number) => void;
}

/**
 * The direction that row `row` of a demixing matrix alone is responsible for: orthogonal to all other rows, unit length, with
 * row · direction > 0 unless the row is dependent on the others. |det W| = |row · direction| · (volume of the others).
 */
export function freeDirection(matrix: Matrix, row: number): Float64Array {
  const side = matrix.rows;
  // Gram-Schmidt over the other rows, twice for accuracy, then the one direction that is left.
  const basis: Float64Array[] = [];
  for (let other = 0; other < side; other += 1) {
    if (other === row) continue;
    const vector = orthogonalTo(matrix.values.slice(other * side, (other + 1) * side), basis);
    if (vector !== undefined) basis.push(vector);
  }
  const own = orthogonalTo(matrix.values.slice(row * side, (row + 1) * side), basis);
  if (own !== undefined) return own;
  for (let axis = 0; axis < side; axis += 1) {
    const unit = orthogonalTo(Float64Array.from({ length: side }, (_, at) => (at === axis ? 1 : 0)), basis);
    if (unit !== undefined) return unit;
  }
  throw new RangeError('The demixing matrix has no free direction.');
}

/** Shares of a vector's length below which what is left of it is rounding noise. */
const DEPENDENT = 1e-10;

function orthogonalTo(vector: Float64Array, basis: readonly Float64Array[]): Float64Array | undefined {
  const before = Math.sqrt(dot(vector, vector));
  if (!(before > 0)) return undefined;
  for (let pass = 0; pass < 2; pass += 1) {
    for (const one of basis) {
      const along = dot(vector, one);
      for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] as number) - along * (one[at] as number);
    }
  }
  const length = Math.sqrt(dot(vector, vector));
  if (!(length > DEPENDENT * before)) return undefined;
  return vector.map((value) => value / length);
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] as number) * (b[at] as number);
  return sum;
}

/** log |det| of a demixing matrix, by elimination with pivots. −∞ when it is singular. */
export function logDeterminant(matrix: Matrix): number {
  const side = matrix.rows;
  const a = Float64Array.from(matrix.values);
  let sum = 0;
  for (let step = 0; step < side; step += 1) {
    let pivot = step;
    for (let row = step + 1; row < side; row += 1) if (Math.abs(a[row * side + step] as number) > Math.abs(a[pivot * side + step] as number)) pivot = row;
    for (let column = 0; column < side; column += 1) {
      const held = a[step * side + column] as number;
      a[step * side + column] = a[pivot * side + column] as number;
      a[pivot * side + column] = held;
    }
    const top = a[step * side + step] as number;
    if (top === 0) return -Infinity;
    sum += Math.log(Math.abs(top));
    for (let row = step + 1; row < side; row += 1) {
      const factor = (a[row * side + step] as number) / top;
      for (let column = step; column < side; column += 1) a[row * side + column] = (a[row * side + column] as number) - factor * (a[step * side + column] as number);
    }
  }
  return sum;
}

/** Copies to work on, so that what was handed in stays as it is. */
export function startOf(options: DemixingOptions, dataSets: number, sources: number): Matrix[] {
  const { start } = options;
  if (start !== undefined && (start.length !== dataSets || start.some(({ rows, columns }) => rows !== sources || columns !== sources))) {
    throw new RangeError(`The start has to be ${dataSets} matrices of ${sources} by ${sources}.`);
  }
  return Array.from({ length: dataSets }, (_, k) => ({
    rows: sources,
    columns: sources,
    values: Float64Array.from(start?.[k]?.values ?? matrixOf(sources, sources, (row, column) => (row === column ? 1 : 0)).values),
  }));
}
