import type { DemixingOptions } from '../decompositions/demixing.ts';
import { ivaGaussian } from '../decompositions/iva-gaussian.ts';
import { ivaLaplace } from '../decompositions/iva-laplace.ts';
import { entry, matrixOf, multiply, squaredNorm, transpose, type Matrix } from '../decompositions/matrix.ts';
import { mccaGenvar } from '../decompositions/mcca-genvar.ts';
import { mccaMaxvar } from '../decompositions/mcca-maxvar.ts';
import { parafac2 } from '../decompositions/parafac2.ts';
import { positiveDefinite } from '../decompositions/positive-definite.ts';
import { symmetricEigen } from '../decompositions/symmetric-eigen.ts';
import { componentsKeeping, crossCovariances, whitenedComponents } from '../decompositions/whitened-components.ts';
import type { Decomposition } from '../model/reference-set.ts';

export interface FeatureSettings {
  readonly decomposition: Decomposition;
  readonly projectionLength: number;
  /** In (0, 1]. */
  readonly varianceKept: number;
  readonly seed: number;
}

/** Sweeps and their end. Features move in the third digit after that, and a classifier does not see it. */
const SWEEPS = { maxSweeps: 200, tolerance: 1e-5 } as const;

/** The same for PARAFAC2, whose loss is a share: rounds that win less than a millionth of it are over. */
const ROUNDS = { maxRounds: 500, tolerance: 1e-6, randomStarts: 2 } as const;

/** Components of a source across models that a model is described by. */
const EMBEDDING = 3;

/** Added before logarithms of shares and sizes that may be zero. */
const SMALLEST = 1e-12;

/**
 * Features of every model from one decomposition of all of them (Hossain and Oates 2024, arXiv:2403.08208). `projections` are
 * [layers, projection length] each. A model's features do not depend on the order of the layers, and not on anybody's label.
 *
 * Models are data sets of layers (variables) by projected weights (samples). IVA and MCCA: principal components that keep
 * `varianceKept` of a model's variance on average, brought to unit variance, are taken apart into sources that correspond across models; a model
 * is described by the size of its components, which that takes away, by how large each source is in it, how much of it the other models leave unexplained, and where it lies among the models. PARAFAC2:
 * the slices are the models, layers the common mode; a model is described by the size of each component in it and by what does not fit.
 * Throws RangeError for models that cannot be taken apart (constant weights, fewer than two layers). `onStep` may throw to stop.
 */
export function modelFeatures(projections: readonly Float64Array[], settings: FeatureSettings, onStep: () => void = () => undefined): readonly Float64Array[] {
  const data = projections.map((values): Matrix => ({ rows: values.length / settings.projectionLength, columns: settings.projectionLength, values }));
  const layers = data[0]?.rows ?? 0;
  if (layers < 2 || data.length < 2 || data.some(({ rows }) => rows !== layers)) throw new RangeError('Two models of two layers are the least that can be compared.');
  const components = Math.min(layers, Math.max(2, componentsKeeping(settings.varianceKept, data)));
  onStep();
  return settings.decomposition === 'parafac2' ? sliceFeatures(data, components, settings.seed, onStep) : sourceFeatures(data, components, settings.decomposition, onStep);
}

function sliceFeatures(data: readonly Matrix[], components: number, seed: number, onStep: () => void): Float64Array[] {
  const slices = data.map(transpose);
  const fit = parafac2(slices, { components, seed, ...ROUNDS, onRound: onStep });
  return slices.map((slice, k) =>
    Float64Array.from([
      ...Array.from({ length: components }, (_, component) => Math.log(Math.abs(entry(fit.scales, k, component)) + SMALLEST)),
      Math.log((fit.residuals[k] as number) / squaredNorm(slice) + SMALLEST),
    ]),
  );
}

function sourceFeatures(data: readonly Matrix[], components: number, decomposition: Exclude<Decomposition, 'parafac2'>, onStep: () => void): Float64Array[] {
  const parts = data.map((one) => {
    onStep();
    return whitenedComponents(one, components);
  });
  const covariances = crossCovariances(parts.map(({ whitened }) => whitened));
  onStep();
  const demixing = demix(parts.map(({ whitened }) => whitened), covariances, components, decomposition, onStep);
  const features = parts.map(({ mixing }) => Array.from({ length: components }, (_, column) => Math.log(columnLength(mixing, column) + SMALLEST)));
  for (let n = 0; n < components; n += 1) {
    const rows = demixing.map((matrix) => unitRow(matrix, n));
    const { embedding, unexplained } = across(covariances, rows);
    for (const [k, part] of parts.entries()) {
      const size = Math.sqrt(squaredNorm(multiply(part.mixing, { rows: components, columns: 1, values: rows[k] as Float64Array })));
      (features[k] as number[]).push(Math.log(size + SMALLEST), Math.log((unexplained[k] as number) + SMALLEST), ...(embedding[k] as readonly number[]));
    }
  }
  return features.map((values) => Float64Array.from(values));
}

function demix(whitened: readonly Matrix[], covariances: readonly (readonly Matrix[])[], components: number, decomposition: Exclude<Decomposition, 'parafac2'>, onStep: () => void): readonly Matrix[] {
  const stacked = (stages: readonly { readonly weights: readonly Float64Array[] }[]): Matrix[] =>
    whitened.map((_, k) => matrixOf(components, components, (row, column) => (stages[row]?.weights[k] as Float64Array)[column] as number));
  if (decomposition === 'mcca-maxvar') return stacked(mccaMaxvar(covariances, components));
  const aligned = stacked(mccaGenvar(covariances, components, { ...SWEEPS, onSweep: onStep }));
  if (decomposition === 'mcca-genvar') return aligned;
  // From any other start the descent can end with sources of different models in different places.
  const options: DemixingOptions = { ...SWEEPS, start: aligned, onSweep: onStep };
  return (decomposition === 'iva-gaussian' ? ivaGaussian(covariances, options) : ivaLaplace(whitened, options)).matrices;
}

function columnLength({ rows, columns, values }: Matrix, column: number): number {
  return Math.hypot(...Array.from({ length: rows }, (_, row) => values[row * columns + column] as number));
}

/** Whitened data have unit covariance, so a row of unit length is a source of unit variance. */
function unitRow(matrix: Matrix, n: number): Float64Array {
  const row = matrix.values.slice(n * matrix.columns, (n + 1) * matrix.columns);
  const length = Math.hypot(...row);
  return length === 0 ? row : row.map((value) => value / length);
}

/** Keeps the correlations of models that are copies of each other invertible. */
const RIDGE = 1e-6;

/** Where each model lies among the others by one source, and the share of it that they leave unexplained. */
function across(covariances: readonly (readonly Matrix[])[], rows: readonly Float64Array[]): { readonly embedding: readonly (readonly number[])[]; readonly unexplained: readonly number[] } {
  const count = rows.length;
  const correlation = matrixOf(count, count);
  for (let k = 0; k < count; k += 1) {
    for (let l = 0; l <= k; l += 1) {
      const block = (covariances[k] as readonly Matrix[])[l] as Matrix;
      let sum = k === l ? RIDGE : 0;
      for (let a = 0; a < block.rows; a += 1) for (let b = 0; b < block.columns; b += 1) sum += ((rows[k] as Float64Array)[a] as number) * entry(block, a, b) * ((rows[l] as Float64Array)[b] as number);
      correlation.values[k * count + l] = sum;
      correlation.values[l * count + k] = sum;
    }
  }
  const { values, vectors } = symmetricEigen(correlation);
  const inverse = positiveDefinite(correlation)?.inverse;
  return {
    unexplained: rows.map((_, k) => (inverse === undefined ? 1 : 1 / entry(inverse, k, k))),
    // A source's sign is anybody's choice, model by model: the first component's side counts as positive.
    embedding: rows.map((_, k) => {
      const side = entry(vectors, k, 0) < 0 ? -1 : 1;
      return Array.from({ length: Math.min(EMBEDDING, count) }, (_unused, at) => side * entry(vectors, k, at) * Math.sqrt(Math.max(0, values[at] as number)));
    }),
  };
}
