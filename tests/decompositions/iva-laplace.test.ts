import { describe, expect, it } from 'vitest';
import { ivaGaussian } from '../../src/decompositions/iva-gaussian.ts';
import { ivaLaplace } from '../../src/decompositions/iva-laplace.ts';
import { jointInterference } from '../support/joint-interference.ts';
import { crossCovariances } from '../../src/decompositions/whitened-components.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { mixtures } from './mixtures.ts';

const sizes = { dataSets: 4, sources: 3, samples: 2000 };

describe('ivaLaplace', () => {
  it.each([1, 2, 3])('recovers sources that share nothing but their loudness to a joint interference below 0.05, where covariances see nothing (draw %i)', (seed) => {
    const random = randomSource(seed, 'iva');
    // Multivariate Laplacian: Gaussian vectors whose common variance is exponentially distributed.
    const { whitened, mixing } = mixtures(random, sizes, () => Math.sqrt(-Math.log(1 - random.uniform())), false);

    const { matrices, costs, hasConverged } = ivaLaplace(whitened, { maxSweeps: 500, tolerance: 1e-10 });

    expect(jointInterference(matrices, mixing)).toBeLessThan(0.05);
    expect(jointInterference(ivaGaussian(crossCovariances(whitened), { maxSweeps: 200, tolerance: 1e-9 }).matrices, mixing)).toBeGreaterThan(0.2);
    expect(hasConverged).toBe(true);
    for (let at = 1; at < costs.length; at += 1) expect(costs[at]).toBeLessThanOrEqual((costs[at - 1] ?? NaN) + 1e-12);
  });

  it('cannot recover Gaussian sources that are not correlated, and refuses data sets that differ in size', () => {
    const { whitened, mixing } = mixtures(randomSource(4, 'iva'), sizes, () => 1, false);

    expect(jointInterference(ivaLaplace(whitened, { maxSweeps: 100, tolerance: 1e-8 }).matrices, mixing)).toBeGreaterThan(0.2);
    expect(() => ivaLaplace([{ rows: 1, columns: 2, values: new Float64Array(2) }, { rows: 2, columns: 2, values: new Float64Array(4) }], { maxSweeps: 1, tolerance: 0 })).toThrow(/differ/);
  });
});
