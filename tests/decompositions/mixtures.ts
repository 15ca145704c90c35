import { entry, identity, matrixOf, multiply, timesTransposed, type Matrix } from '../../src/decompositions/matrix.ts';
import { positiveDefinite } from '../../src/decompositions/positive-definite.ts';
import { whitenedComponents } from '../../src/decompositions/whitened-components.ts';
import type { RandomSource } from '../../src/statistics/random.ts';

export interface Mixtures {
  /** [sources, samples] each. */
  readonly whitened: readonly Matrix[];
  /** What takes true sources to whitened data: [sources, sources] each. */
  readonly mixing: readonly Matrix[];
}

/**
 * Known sources, each correlated with its like in the other data sets by its own random covariance, mixed by random matrices and whitened. `length` draws what
 * all data sets' n-th sources of one sample are multiplied by: constant for Gaussian sources.
 */
export function mixtures(random: RandomSource, sizes: { readonly dataSets: number; readonly sources: number; readonly samples: number }, length: () => number, isCorrelated = true): Mixtures {
  const { dataSets, sources, samples } = sizes;
  const truth = Array.from({ length: dataSets }, () => matrixOf(sources, samples));
  for (let n = 0; n < sources; n += 1) {
    const factor = isCorrelated ? matrixOf(dataSets, dataSets, () => random.normal()) : identity(dataSets);
    for (let t = 0; t < samples; t += 1) {
      const drawn = Array.from({ length: dataSets }, () => random.normal());
      const size = length();
      for (let k = 0; k < dataSets; k += 1) {
        let sum = 0;
        for (let l = 0; l < dataSets; l += 1) sum += entry(factor, k, l) * (drawn[l] as number);
        (truth[k] as Matrix).values[n * samples + t] = size * sum;
      }
    }
  }
  const whitened = truth.map((one) => whitenedComponents(multiply(matrixOf(sources, sources, () => random.normal()), one), sources).whitened);
  const mixing = whitened.map((one, k) => {
    const source = truth[k] as Matrix;
    const gram = positiveDefinite(timesTransposed(source, source));
    if (gram === undefined) throw new Error('the sources are dependent');
    return multiply(timesTransposed(one, source), gram.inverse);
  });
  return { whitened, mixing };
}
