import { describe, expect, it } from 'vitest';
import { DECOMPOSITIONS } from '../../src/reference/build-reference.ts';
import { crossValidate } from '../../src/reference/cross-validate.ts';
import { modelFeatures } from '../../src/reference/model-features.ts';
import { toyReference } from '../support/reference-models.ts';

const { models, projectionLength } = toyReference([[24, 24], [8, 24]], { clean: 14, backdoored: 14 });
const projections = models.map((one) => one.projections);
const labels = models.map(({ label }) => (label === 'backdoored' ? 1 : 0));

describe('modelFeatures', () => {
  it.each(DECOMPOSITIONS)('%s: gives every model as many finite numbers, the same ones twice, by which heads of another size are told apart', (decomposition) => {
    const settings = { decomposition, projectionLength, varianceKept: 0.9, seed: 0 };
    const features = modelFeatures(projections, settings);

    expect(new Set(features.map(({ length }) => length)).size).toBe(1);
    for (const row of features) expect(row.every(Number.isFinite)).toBe(true);
    expect(modelFeatures(projections, settings)).toEqual(features);
    expect(crossValidate('random-forest', features, labels, 0)?.auc.auc).toBeGreaterThan(0.9);
  });

  it.each(DECOMPOSITIONS)('%s: does not see a turn of a model’s coordinates’ sign', (decomposition) => {
    const settings = { decomposition, projectionLength, varianceKept: 0.9, seed: 0 };
    const flipped = projections.map((one) => one.map((value) => -value));
    const [before, after] = [modelFeatures(projections, settings), modelFeatures(flipped, settings)];

    for (const [at, row] of before.entries()) for (const [place, value] of row.entries()) expect(after[at]?.[place]).toBeCloseTo(value, 4);
  });

  it('refuses models that cannot be taken apart', () => {
    const settings = { decomposition: 'iva-gaussian', projectionLength, varianceKept: 0.9, seed: 0 } as const;
    expect(() => modelFeatures([...projections, new Float64Array(2 * projectionLength)], settings)).toThrow(RangeError);
    expect(() => modelFeatures(projections.slice(0, 1), settings)).toThrow(/least/);
    expect(() => modelFeatures(projections.map((one) => one.subarray(0, projectionLength)), settings)).toThrow(/least/);
  });
});
