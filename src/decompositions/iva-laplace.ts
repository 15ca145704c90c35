import { dot, freeDirection, logDeterminant, startOf, type Demixing, type DemixingOptions } from './demixing.ts';
import { matrixOf, type Matrix } from './matrix.ts';
import { solvePositiveDefinite } from './positive-definite.ts';

/** Keeps the weight of a sample in which every data set is silent finite; beside unit variances it is nothing. */
const SMALLEST_LENGTH = 1e-9;

/**
 * Independent vector analysis with spherical Laplacian sources. Given whitened data sets, [sources, samples] each, finds
 * demixing matrices W[k] that minimize
 *
 *     Σ_n mean_t sqrt(Σ_k y_n[k](t)²) − Σ_k log |det W[k]|
 *
 * (Kim, Attias, Lee, Lee, Blind Source Separation Exploiting Higher-Order Frequency Dependencies, IEEE Trans. Audio, Speech
 * and Language Processing 15(1), 2007). A square root lies below each of its tangent parabolas, and the parabola's minimum
 * over one row is known in closed form (Ono, Stable and Fast Update Rules for Independent Vector Analysis, WASPAA 2011):
 * every step lowers the cost, without a step size. Where that ends, sources are exchanged between places wherever it helps, and
 * the descent goes on. At the minimum the sources have the scale that the model asks for, not
 * unit variance.
 */
export function ivaLaplace(whitened: readonly Matrix[], options: DemixingOptions): Demixing {
  const dataSets = whitened.length;
  const { rows: sources = 0, columns: samples = 0 } = whitened[0] ?? {};
  if (dataSets < 2 || sources < 1) throw new RangeError('Independent vector analysis needs at least two data sets and one source.');
  if (whitened.some(({ rows, columns }) => rows !== sources || columns !== samples)) throw new RangeError('The data sets differ in size.');
  const matrices = startOf(options, dataSets, sources);

  const costs = [cost(whitened, matrices)];
  for (let sweep = 0; sweep < options.maxSweeps; sweep += 1) {
    options.onSweep?.(sweep);
    for (let n = 0; n < sources; n += 1) sweepSource(whitened, matrices, n);
    costs.push(cost(whitened, matrices));
    const gained = (costs.at(-2) as number) - (costs.at(-1) as number);
    if (gained >= options.tolerance * dataSets * sources) continue;
    if (!exchange(whitened, matrices)) return { matrices, costs, hasConverged: true };
    costs[costs.length - 1] = cost(whitened, matrices);
  }
  return { matrices, costs, hasConverged: false };
}

function cost(whitened: readonly Matrix[], matrices: readonly Matrix[]): number {
  let sum = 0;
  for (let n = 0; n < (matrices[0] as Matrix).rows; n += 1) {
    const lengths = lengthsOf(whitened, matrices, n);
    for (const length of lengths) sum += length / lengths.length;
  }
  return matrices.reduce((total, matrix) => total - logDeterminant(matrix), sum);
}

/** Length of the n-th source vector across data sets, a sample each. */
function lengthsOf(whitened: readonly Matrix[], matrices: readonly Matrix[], n: number): Float64Array {
  const squares = new Float64Array((whitened[0] as Matrix).columns);
  for (const [k, data] of whitened.entries()) {
    const source = sourceOf(data, matrices[k] as Matrix, n);
    for (let at = 0; at < squares.length; at += 1) squares[at] = (squares[at] as number) + (source[at] as number) ** 2;
  }
  return squares.map(Math.sqrt);
}

/**
 * Where the descent by rows ends, a data set may still have two sources in each other's places. Exchanges them wherever that
 * lowers the cost, which it does at once; false when it does so nowhere.
 */
function exchange(whitened: readonly Matrix[], matrices: readonly Matrix[]): boolean {
  const sources = (matrices[0] as Matrix).rows;
  let hasExchanged = false;
  for (let one = 0; one < sources; one += 1) {
    for (let other = one + 1; other < sources; other += 1) {
      const squares = [one, other].map((n) => lengthsOf(whitened, matrices, n).map((length) => length * length)) as [Float64Array, Float64Array];
      for (const [k, data] of whitened.entries()) {
        const matrix = matrices[k] as Matrix;
        const [a, b] = [sourceOf(data, matrix, one), sourceOf(data, matrix, other)];
        let gained = 0;
        for (let at = 0; at < a.length; at += 1) {
          const difference = (b[at] as number) ** 2 - (a[at] as number) ** 2;
          const [first, second] = [squares[0][at] as number, squares[1][at] as number];
          gained += Math.sqrt(first) + Math.sqrt(second) - Math.sqrt(Math.max(0, first + difference)) - Math.sqrt(Math.max(0, second - difference));
        }
        if (gained <= LEAST_GAIN * a.length) continue;
        hasExchanged = true;
        const row = matrix.values.slice(one * sources, (one + 1) * sources);
        matrix.values.copyWithin(one * sources, other * sources, (other + 1) * sources);
        matrix.values.set(row, other * sources);
        for (let at = 0; at < a.length; at += 1) {
          const difference = (b[at] as number) ** 2 - (a[at] as number) ** 2;
          squares[0][at] = Math.max(0, (squares[0][at] as number) + difference);
          squares[1][at] = Math.max(0, (squares[1][at] as number) - difference);
        }
      }
    }
  }
  return hasExchanged;
}

/** Per sample; less is rounding, and two sources must not change places for ever. */
const LEAST_GAIN = 1e-9;

function sourceOf(data: Matrix, matrix: Matrix, n: number): Float64Array {
  const { columns: samples, rows: sources } = data;
  const source = new Float64Array(samples);
  for (let row = 0; row < sources; row += 1) {
    const weight = matrix.values[n * sources + row] as number;
    for (let at = 0; at < samples; at += 1) source[at] = (source[at] as number) + weight * (data.values[row * samples + at] as number);
  }
  return source;
}

function sweepSource(whitened: readonly Matrix[], matrices: readonly Matrix[], n: number): void {
  // One parabola for all data sets of this source: it stays above the cost while each of its rows goes to its minimum.
  const weights = lengthsOf(whitened, matrices, n).map((length) => 1 / Math.max(length, SMALLEST_LENGTH));
  for (const [k, data] of whitened.entries()) {
    const matrix = matrices[k] as Matrix;
    const weighted = weightedCovariance(data, weights);
    const row = solvePositiveDefinite(weighted, freeDirection(matrix, n));
    if (row === undefined || !row.every(Number.isFinite)) continue;
    const sources = matrix.rows;
    const stretched = matrixOf(sources, 1, (at) => row[at] as number);
    let square = 0;
    for (let a = 0; a < sources; a += 1) square += (row[a] as number) * dot(weighted.values.subarray(a * sources, (a + 1) * sources), stretched.values);
    matrix.values.set(row.map((value) => value / Math.sqrt(square)), n * sources);
  }
}

function weightedCovariance(data: Matrix, weights: Float64Array): Matrix {
  const { rows: sources, columns: samples, values } = data;
  const covariance = matrixOf(sources, sources);
  for (let a = 0; a < sources; a += 1) {
    for (let b = 0; b <= a; b += 1) {
      let sum = 0;
      for (let at = 0; at < samples; at += 1) sum += (weights[at] as number) * (values[a * samples + at] as number) * (values[b * samples + at] as number);
      covariance.values[a * sources + b] = sum / samples;
      covariance.values[b * sources + a] = sum / samples;
    }
  }
  return covariance;
}
