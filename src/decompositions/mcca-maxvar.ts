import { matrixOf, entry, type Matrix } from './matrix.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

export interface CanonicalStage {
  /** Largest eigenvalue of the correlations between the stage's variates: 1 for unrelated data sets, their number for equal ones. */
  readonly largestEigenvalue: number;
  /** One unit vector a data set: what its whitened variables are multiplied by to give its variate. */
  readonly weights: readonly Float64Array[];
}

/**
 * Multiset canonical correlation analysis, MAXVAR (Kettenring, Canonical Analysis of Several Sets of Variables, Biometrika
 * 58(3), 1971; Carroll 1968): variates, one a data set, that make the largest eigenvalue of their correlation
 * matrix as large as possible. In closed form the stages are the eigenvectors of the covariances of all whitened variables together; stages
 * are uncorrelated as wholes (the common variate of each with those of the others). `covariances[k][l]` is [variables, variables] of whitened data.
 * Stages beyond `count` are not computed; a data set that has no part in a stage keeps a zero vector there.
 */
export function mccaMaxvar(covariances: readonly (readonly Matrix[])[], count: number): readonly CanonicalStage[] {
  const dataSets = covariances.length;
  const variables = covariances[0]?.[0]?.rows ?? 0;
  if (dataSets < 2 || variables < 1) throw new RangeError('Canonical analysis needs at least two data sets and one variable.');
  if (!(count >= 1 && count <= variables)) throw new RangeError(`There are ${variables} stages, not ${count}.`);
  const side = dataSets * variables;
  const whole = matrixOf(side, side, (row, column) => {
    const block = (covariances[Math.floor(row / variables)] as readonly Matrix[])[Math.floor(column / variables)] as Matrix;
    return entry(block, row % variables, column % variables);
  });
  const { values, vectors } = symmetricEigen(whole);
  return Array.from({ length: count }, (_, stage) => ({
    largestEigenvalue: values[stage] as number,
    weights: Array.from({ length: dataSets }, (_unused, k) => unit(Float64Array.from({ length: variables }, (_at, row) => entry(vectors, k * variables + row, stage)))),
  }));
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.hypot(...vector);
  return length < 1e-12 ? vector.fill(0) : vector.map((value) => value / length);
}
