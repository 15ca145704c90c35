import { randomSource } from '../statistics/random.ts';
import { entry, identity, matrixOf, multiply, squaredNorm, timesTransposed, transpose, type Matrix } from './matrix.ts';
import { singularValueDecomposition } from './singular-value-decomposition.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** X_k ≈ P_k · H · diag(c_k) · Aᵀ, P_k with orthonormal columns: the components of every slice have the same inner products HᵀH. */
export interface Parafac2 {
  /** A: [variables, components], columns of unit length. */
  readonly loadings: Matrix;
  /** H: [components, components], columns of unit length. */
  readonly common: Matrix;
  /** c_k: [slices, components]; component by component the sign with most weight is positive. */
  readonly scales: Matrix;
  /** P_k: one [rows of the slice, components] a slice. */
  readonly rotations: readonly Matrix[];
  /** Sum of the squared residuals of each slice. */
  readonly residuals: Float64Array;
  /** Residual over total sum of squares at the start and after each round; never rises. */
  readonly losses: readonly number[];
  readonly hasConverged: boolean;
}

export interface Parafac2Options {
  readonly components: number;
  /** Starts from random loadings besides the one from the eigenvectors of Σ XᵀX; the best end is kept. */
  readonly randomStarts: number;
  readonly seed: number;
  readonly maxRounds: number;
  /** Stop when a round lowers the loss by less than this share of it. */
  readonly tolerance: number;
  /** Called before every round; may throw to stop. */
  readonly onRound?: () => void;
}

/** Residual share below which a fit is exact up to rounding. */
const EXACT = 1e-20;

/**
 * PARAFAC2 by the direct fitting algorithm (Kiers, ten Berge, Bro, PARAFAC2 part I, J. Chemometrics 13, 1999): in turn, the
 * best P_k for given H, c and A (orthogonal Procrustes problems), and one round of alternating least squares of the ordinary
 * PARAFAC model of the slices P_kᵀX_k. `slices` are [rows, variables], rows may differ and are at least as many as the
 * components. Throws RangeError for sizes that do not fit or values that are not finite.
 */
export function parafac2(slices: readonly Matrix[], options: Parafac2Options): Parafac2 {
  const { components } = options;
  const variables = slices[0]?.columns ?? 0;
  if (slices.length < 2 || variables < 1 || slices.some(({ columns }) => columns !== variables)) throw new RangeError('PARAFAC2 needs at least two slices of equal width.');
  if (!(components >= 1 && components <= variables) || slices.some(({ rows }) => rows < components)) throw new RangeError(`There cannot be ${components} components.`);
  const compact = slices.map(compress);
  const total = compact.reduce((sum, { core }) => sum + squaredNorm(core), 0);
  if (!(total > 0)) throw new RangeError('All slices are zero.');
  const cores = compact.map(({ core }) => core);

  const random = randomSource(options.seed, 'parafac2');
  const starts = [eigenStart(cores, components)];
  for (let at = 0; at < options.randomStarts; at += 1) starts.push(matrixOf(variables, components, () => random.normal()));
  const fits = starts.map((start) => fit(cores, start, total, options));
  const best = fits.reduce((one, other) => ((other.losses.at(-1) as number) < (one.losses.at(-1) as number) ? other : one));
  return { ...best, rotations: best.rotations.map((rotation, k) => multiply((compact[k] as Compact).basis, rotation)) };
}

interface Compact {
  /** [rows, kept]: orthonormal columns. */
  readonly basis: Matrix;
  /** [kept, variables]: the slice in that basis. Nothing is lost, and the fit works on this. */
  readonly core: Matrix;
}

function compress(slice: Matrix): Compact {
  if (!slice.values.every(Number.isFinite)) throw new RangeError('A slice holds values that are not finite numbers.');
  if (slice.rows <= slice.columns) return { basis: identity(slice.rows), core: slice };
  const { left, values, right } = singularValueDecomposition(slice);
  // Columns of a singular value of zero are zero there; an orthonormal basis needs any direction in their place.
  return {
    basis: completed(left),
    core: matrixOf(slice.columns, slice.columns, (row, column) => (values[row] as number) * entry(right, column, row)),
  };
}

/** Zero columns replaced so that all are orthonormal. */
function completed(columns: Matrix): Matrix {
  const vectors: Float64Array[] = [];
  for (let column = 0; column < columns.columns; column += 1) {
    const own = Float64Array.from({ length: columns.rows }, (_, row) => entry(columns, row, column));
    let vector = own;
    for (let axis = 0; Math.hypot(...vector) < 0.5 && axis < columns.rows; axis += 1) {
      vector = Float64Array.from({ length: columns.rows }, (_, row) => (row === axis ? 1 : 0));
      for (let pass = 0; pass < 2; pass += 1) {
        for (const one of vectors) {
          let along = 0;
          for (let row = 0; row < vector.length; row += 1) along += (vector[row] as number) * (one[row] as number);
          vector = vector.map((value, row) => value - along * (one[row] as number));
        }
      }
      const length = Math.hypot(...vector);
      vector = length < 0.1 ? vector.fill(0) : vector.map((value) => value / length);
    }
    vectors.push(vector);
  }
  return matrixOf(columns.rows, columns.columns, (row, column) => (vectors[column] as Float64Array)[row] as number);
}

function eigenStart(cores: readonly Matrix[], components: number): Matrix {
  const variables = (cores[0] as Matrix).columns;
  const gram = matrixOf(variables, variables);
  for (const core of cores) {
    const product = multiply(transpose(core), core);
    for (let at = 0; at < gram.values.length; at += 1) gram.values[at] = (gram.values[at] as number) + (product.values[at] as number);
  }
  const { vectors } = symmetricEigen(gram);
  return matrixOf(variables, components, (row, column) => entry(vectors, row, column));
}

interface Factors {
  readonly common: Matrix;
  readonly loadings: Matrix;
  readonly scales: Matrix;
}

function fit(cores: readonly Matrix[], start: Matrix, total: number, options: Parafac2Options): Parafac2 {
  const { components } = options;
  const rotationsOf = ({ common, scales, loadings }: Factors): Matrix[] => cores.map((core, k) => closestRotation(core, common, scales, k, loadings));
  let now: Factors = normalized({ common: identity(components), loadings: start, scales: matrixOf(cores.length, components, () => 1) });
  let before = now;
  let rotations = rotationsOf(now);
  const losses = [lossOf(cores, rotations, now) / total];
  let hasConverged = false;
  let reach = SHORTEST_LEAP;
  for (let round = 1; round <= options.maxRounds && !hasConverged; round += 1) {
    options.onRound?.();
    const turned = cores.map((core, k) => multiply(transpose(rotations[k] as Matrix), core));
    const common = updateCommon(turned, now.scales, now.loadings);
    const loadings = updateLoadings(turned, common, now.scales);
    [before, now] = [now, normalized({ common, loadings, scales: updateScales(turned, common, loadings) })];
    rotations = rotationsOf(now);
    let loss = lossOf(cores, rotations, now) / total;
    // Rounds go on in nearly one direction for long: a leap along it is taken when it lowers the loss (Harshman 1970), and
    // the next one goes farther.
    if (round >= FIRST_LEAP) {
      const leap = leaped(before, now, reach);
      const leapRotations = rotationsOf(leap);
      const leapLoss = lossOf(cores, leapRotations, leap) / total;
      const isBetter = leapLoss < loss;
      reach = isBetter ? reach * LEAP_GROWTH : Math.max(SHORTEST_LEAP, reach / LEAP_GROWTH ** 2);
      if (isBetter) [now, rotations, loss] = [leap, leapRotations, leapLoss];
    }
    const last = losses.at(-1) as number;
    losses.push(loss);
    hasConverged = loss < EXACT || last - loss < options.tolerance * last;
  }
  return { ...signed(now), rotations, residuals: residualsOf(cores, rotations, now), losses, hasConverged };
}

/** Rounds before the direction has settled. */
const FIRST_LEAP = 5;

/** In lengths of a round's own step. */
const SHORTEST_LEAP = 1.5;
const LEAP_GROWTH = 1.5;

function leaped(from: Factors, to: Factors, length: number): Factors {
  const along = (one: Matrix, other: Matrix): Matrix => ({ ...other, values: other.values.map((value, at) => (one.values[at] as number) + length * (value - (one.values[at] as number))) });
  return normalized({ common: along(from.common, to.common), loadings: along(from.loadings, to.loadings), scales: along(from.scales, to.scales) });
}

/** The P with orthonormal columns for which ‖X − P·H·C·Aᵀ‖ is least: U·Vᵀ of the singular value decomposition of X·A·C·Hᵀ. */
function closestRotation(core: Matrix, common: Matrix, scales: Matrix, k: number, loadings: Matrix): Matrix {
  const target = timesTransposed(multiply(core, scaled(loadings, scales, k)), common);
  const { left, right } = singularValueDecomposition(target);
  return timesTransposed(completed(left), right);
}

function scaled(loadings: Matrix, scales: Matrix, k: number): Matrix {
  return matrixOf(loadings.rows, loadings.columns, (row, column) => entry(loadings, row, column) * entry(scales, k, column));
}

function updateCommon(turned: readonly Matrix[], scales: Matrix, loadings: Matrix): Matrix {
  const { columns: components } = loadings;
  const right = matrixOf(components, components);
  const gram = matrixOf(components, components);
  const inner = multiply(transpose(loadings), loadings);
  for (const [k, slice] of turned.entries()) {
    add(right, multiply(slice, scaled(loadings, scales, k)));
    add(gram, matrixOf(components, components, (row, column) => entry(inner, row, column) * entry(scales, k, row) * entry(scales, k, column)));
  }
  return multiply(right, pseudoInverse(gram));
}

function updateLoadings(turned: readonly Matrix[], common: Matrix, scales: Matrix): Matrix {
  const components = common.columns;
  const variables = (turned[0] as Matrix).columns;
  const right = matrixOf(variables, components);
  const gram = matrixOf(components, components);
  const inner = multiply(transpose(common), common);
  for (const [k, slice] of turned.entries()) {
    add(right, multiply(transpose(slice), scaled(common, scales, k)));
    add(gram, matrixOf(components, components, (row, column) => entry(inner, row, column) * entry(scales, k, row) * entry(scales, k, column)));
  }
  return multiply(right, pseudoInverse(gram));
}

function updateScales(turned: readonly Matrix[], common: Matrix, loadings: Matrix): Matrix {
  const components = common.columns;
  const [h, a] = [multiply(transpose(common), common), multiply(transpose(loadings), loadings)];
  const inverse = pseudoInverse(matrixOf(components, components, (row, column) => entry(h, row, column) * entry(a, row, column)));
  const scales = matrixOf(turned.length, components);
  for (const [k, slice] of turned.entries()) {
    const seen = multiply(multiply(transpose(common), slice), loadings);
    for (let row = 0; row < components; row += 1) {
      let sum = 0;
      for (let at = 0; at < components; at += 1) sum += entry(inverse, row, at) * entry(seen, at, at);
      scales.values[k * components + row] = sum;
    }
  }
  return scales;
}

/** Components whose eigenvalue is below this share of the largest carry nothing and are left out of an inverse. */
const RANK_TOLERANCE = 1e-13;

function pseudoInverse(gram: Matrix): Matrix {
  const { values, vectors } = symmetricEigen(gram);
  const inverses = values.map((value) => (value > RANK_TOLERANCE * (values[0] as number) && value > 0 ? 1 / value : 0));
  return matrixOf(gram.rows, gram.rows, (row, column) => {
    let sum = 0;
    for (let at = 0; at < gram.rows; at += 1) sum += entry(vectors, row, at) * (inverses[at] as number) * entry(vectors, column, at);
    return sum;
  });
}

/** Columns of H and A brought to unit length; the scales take up what they had. */
function normalized({ common, loadings, scales }: Factors): Factors {
  const h = lengths(common);
  const a = lengths(loadings);
  return {
    common: matrixOf(common.rows, common.columns, (row, column) => entry(common, row, column) / (h[column] as number)),
    loadings: matrixOf(loadings.rows, loadings.columns, (row, column) => entry(loadings, row, column) / (a[column] as number)),
    scales: matrixOf(scales.rows, scales.columns, (row, column) => entry(scales, row, column) * (h[column] as number) * (a[column] as number)),
  };
}

function lengths(matrix: Matrix): number[] {
  return Array.from({ length: matrix.columns }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < matrix.rows; row += 1) sum += entry(matrix, row, column) ** 2;
    return sum === 0 ? 1 : Math.sqrt(sum);
  });
}

function signed({ common, loadings, scales }: Factors): Factors {
  const signs = Array.from({ length: scales.columns }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < scales.rows; row += 1) sum += entry(scales, row, column);
    return sum < 0 ? -1 : 1;
  });
  return {
    common,
    loadings: matrixOf(loadings.rows, loadings.columns, (row, column) => (signs[column] as number) * entry(loadings, row, column)),
    scales: matrixOf(scales.rows, scales.columns, (row, column) => (signs[column] as number) * entry(scales, row, column)),
  };
}

function lossOf(cores: readonly Matrix[], rotations: readonly Matrix[], factors: Factors): number {
  return residualsOf(cores, rotations, factors).reduce((sum, value) => sum + value, 0);
}

function residualsOf(cores: readonly Matrix[], rotations: readonly Matrix[], { common, scales, loadings }: Factors): Float64Array {
  return Float64Array.from(cores, (core, k) => {
    const model = timesTransposed(multiply(rotations[k] as Matrix, common), scaled(loadings, scales, k));
    let sum = 0;
    for (let at = 0; at < core.values.length; at += 1) sum += ((core.values[at] as number) - (model.values[at] as number)) ** 2;
    return sum;
  });
}

function add(sum: Matrix, other: Matrix): void {
  for (let at = 0; at < sum.values.length; at += 1) sum.values[at] = (sum.values[at] as number) + (other.values[at] as number);
}
