/**
 * Largest singular value of a row-major matrix, the most it stretches any vector. The Gram matrix of the shorter side is
 * brought to tridiagonal form by Householder reflections and its largest eigenvalue found by bisection on the count of
 * eigenvalues below (Golub and Van Loan, Matrix Computations, sections 8.3.1 and 8.4.1). Unlike power iteration this has
 * no start vector that may be wrong and no convergence to wait for. Undefined when a value is not finite, zero for an
 * empty matrix.
 */
export function spectralNorm(values: ArrayLike<number>, rowCount: number, columnCount: number): number | undefined {
  let scale = 0;
  for (let index = 0; index < rowCount * columnCount; index += 1) {
    const size = Math.abs(values[index] ?? NaN);
    if (!Number.isFinite(size)) return undefined;
    scale = Math.max(scale, size);
  }
  // Scaled to one first, so that squares neither overflow nor vanish.
  if (scale === 0) return 0;
  const side = Math.min(rowCount, columnCount);
  const gram = gramMatrix(values, rowCount, columnCount, scale);
  if (side === 1) return scale * Math.sqrt(gram[0] ?? 0);
  return scale * Math.sqrt(Math.max(0, largestEigenvalue(tridiagonal(gram, side))));
}

/** M·Mᵀ or Mᵀ·M of M / scale, whichever is smaller. */
function gramMatrix(values: ArrayLike<number>, rowCount: number, columnCount: number, scale: number): Float64Array {
  const isWide = rowCount <= columnCount;
  const [side, length] = isWide ? [rowCount, columnCount] : [columnCount, rowCount];
  const [step, stride] = isWide ? [columnCount, 1] : [1, columnCount];
  const gram = new Float64Array(side * side);
  for (let i = 0; i < side; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = 0;
      for (let k = 0; k < length; k += 1) sum += ((values[i * step + k * stride] as number) / scale) * ((values[j * step + k * stride] as number) / scale);
      gram[i * side + j] = sum;
      gram[j * side + i] = sum;
    }
  }
  return gram;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** `beside[i]` lies between `diagonal[i]` and `diagonal[i + 1]`. */
  readonly beside: Float64Array;
}

/** The symmetric matrix `a`, which is used up, turned by reflections until only three diagonals are left. */
function tridiagonal(a: Float64Array, side: number): Tridiagonal {
  const at = (row: number, column: number): number => a[row * side + column] as number;
  const beside = new Float64Array(side - 1);
  const v = new Float64Array(side);
  const w = new Float64Array(side);
  for (let k = 0; k < side - 1; k += 1) {
    let squares = 0;
    for (let i = k + 1; i < side; i += 1) squares += at(i, k) ** 2;
    const length = Math.sqrt(squares);
    const first = at(k + 1, k);
    // Away from zero, so that nothing cancels.
    const image = first > 0 ? -length : length;
    beside[k] = image;
    const normSquared = 2 * (squares - first * image);
    if (normSquared === 0) continue;
    for (let i = k + 1; i < side; i += 1) v[i] = i === k + 1 ? first - image : at(i, k);
    let along = 0;
    for (let i = k + 1; i < side; i += 1) {
      let sum = 0;
      for (let j = k + 1; j < side; j += 1) sum += at(i, j) * (v[j] as number);
      w[i] = (2 * sum) / normSquared;
      along += (w[i] as number) * (v[i] as number);
    }
    const half = along / normSquared;
    for (let i = k + 1; i < side; i += 1) w[i] = (w[i] as number) - half * (v[i] as number);
    for (let i = k + 1; i < side; i += 1) {
      for (let j = k + 1; j < side; j += 1) a[i * side + j] = at(i, j) - (v[i] as number) * (w[j] as number) - (w[i] as number) * (v[j] as number);
    }
  }
  return { diagonal: Float64Array.from({ length: side }, (_, index) => at(index, index)), beside };
}

/** Halvings after which a float64 interval has no number left inside. */
const BISECTIONS = 64;

function largestEigenvalue({ diagonal, beside }: Tridiagonal): number {
  const last = diagonal.length - 1;
  let low = -Infinity;
  let high = -Infinity;
  for (const [index, value] of diagonal.entries()) {
    const reach = Math.abs(beside[index - 1] ?? 0) + Math.abs(beside[index] ?? 0);
    // No eigenvalue lies above Gershgorin's discs, and the largest is no smaller than any diagonal entry.
    high = Math.max(high, value + reach);
    low = Math.max(low, value);
  }
  const isAboveAll = (x: number): boolean => {
    let pivot = 1;
    for (let index = 0; index <= last; index += 1) {
      const square = index === 0 ? 0 : (beside[index - 1] as number) ** 2;
      pivot = (diagonal[index] as number) - x - (square === 0 ? 0 : square / pivot);
      if (pivot >= 0) return false;
    }
    return true;
  };
  for (let step = 0; step < BISECTIONS && low < high; step += 1) {
    const middle = (low + high) / 2;
    if (isAboveAll(middle)) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}
