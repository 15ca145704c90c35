import { matrixOf, type Matrix } from './matrix.ts';

/**
 * The inverse of a covariance after variable `k` has been taken out, from the inverse of the whole: P − p pᵀ / P_kk, the
 * Schur complement. Same size, with zeros in row and column k.
 */
export function precisionWithout(precision: Matrix, k: number): Matrix {
  const own = precision.values[k * precision.columns + k] as number;
  const side = precision.rows;
  return matrixOf(side, side, (row, column) => {
    if (row === k || column === k) return 0;
    return (precision.values[row * side + column] as number) - ((precision.values[row * side + k] as number) * (precision.values[column * side + k] as number)) / own;
  });
}

/** The inverse after a variable of this `variance` and these covariances with the others has been put in at the place `k` of zeros. */
export function precisionWith(without: Matrix, k: number, covariances: Float64Array, variance: number): Matrix {
  const side = without.rows;
  const explained = new Float64Array(side);
  for (let row = 0; row < side; row += 1) {
    if (row === k) continue;
    let sum = 0;
    for (let column = 0; column < side; column += 1) if (column !== k) sum += (without.values[row * side + column] as number) * (covariances[column] as number);
    explained[row] = sum;
  }
  let left = variance;
  for (let row = 0; row < side; row += 1) if (row !== k) left -= (explained[row] as number) * (covariances[row] as number);
  return matrixOf(side, side, (row, column) => {
    if (row === k && column === k) return 1 / left;
    if (row === k) return -(explained[column] as number) / left;
    if (column === k) return -(explained[row] as number) / left;
    return (without.values[row * side + column] as number) + ((explained[row] as number) * (explained[column] as number)) / left;
  });
}

/** How the variables of data set `k`, [variables, data sets], go with what each other data set's `weights` give; zeros for itself. */
export function besideOthers(covariances: readonly (readonly Matrix[])[], weights: readonly Float64Array[], k: number): Matrix {
  const blocks = covariances[k] as readonly Matrix[];
  const variables = (blocks[k] as Matrix).rows;
  const beside = matrixOf(variables, blocks.length);
  for (const [l, block] of blocks.entries()) {
    if (l === k) continue;
    const vector = weights[l] as Float64Array;
    for (let row = 0; row < variables; row += 1) {
      let sum = 0;
      for (let column = 0; column < variables; column += 1) sum += (block.values[row * variables + column] as number) * (vector[column] as number);
      beside.values[row * blocks.length + l] = sum;
    }
  }
  return beside;
}

/** beside · precision · besideᵀ: what the others explain of data set's variables, [variables, variables]. */
export function explainedByOthers(beside: Matrix, without: Matrix): Matrix {
  const [variables, count] = [beside.rows, beside.columns];
  const weighted = new Float64Array(variables * count);
  for (let row = 0; row < variables; row += 1) {
    for (let m = 0; m < count; m += 1) {
      const factor = beside.values[row * count + m] as number;
      if (factor === 0) continue;
      for (let l = 0; l < count; l += 1) weighted[row * count + l] = (weighted[row * count + l] as number) + factor * (without.values[m * count + l] as number);
    }
  }
  return matrixOf(variables, variables, (a, b) => {
    let sum = 0;
    for (let l = 0; l < count; l += 1) sum += (weighted[a * count + l] as number) * (beside.values[b * count + l] as number);
    return sum;
  });
}

/** Covariances of one data set's variate with the others': weightsᵀ · beside. */
export function covariancesWithOthers(weights: Float64Array, beside: Matrix): Float64Array {
  const covariances = new Float64Array(beside.columns);
  for (let row = 0; row < beside.rows; row += 1) {
    for (let l = 0; l < beside.columns; l += 1) covariances[l] = (covariances[l] as number) + (weights[row] as number) * (beside.values[row * beside.columns + l] as number);
  }
  return covariances;
}
