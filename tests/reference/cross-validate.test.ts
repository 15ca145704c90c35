import { describe, expect, it } from 'vitest';
import { REFERENCE_CLASSIFIERS } from '../../src/reference/build-reference.ts';
import { crossValidate } from '../../src/reference/cross-validate.ts';
import { randomSource } from '../../src/statistics/random.ts';

function rows(clean: number, backdoored: number, distance: number, seed: number) {
  const random = randomSource(seed, 'rows');
  const labels = Array.from({ length: clean + backdoored }, (_, at) => (at < clean ? 0 : 1));
  return { labels, data: labels.map((label) => Float64Array.from({ length: 5 }, (_, at) => random.normal() + (at === 2 ? label * distance : 0))) };
}

describe('crossValidate', () => {
  it.each(REFERENCE_CLASSIFIERS)('%s: tells far apart what lies far apart, and puts a newcomer on its side', (kind) => {
    const { data, labels } = rows(20, 20, 6, 1);
    const far = crossValidate(kind, data, labels, 0, { newcomer: Float64Array.of(0, 0, 6, 0, 0) });

    expect(far?.accuracy).toBeGreaterThan(0.95);
    expect(far?.auc.auc).toBeGreaterThan(0.97);
    expect(far?.newcomer).toBeGreaterThan(0.7);
    expect(crossValidate(kind, data, labels, 0, { newcomer: Float64Array.of(0, 0, 0, 0, 0) })?.newcomer).toBeLessThan(0.3);
  });

  it.each(REFERENCE_CLASSIFIERS)('%s: finds chance in noise, on average neither above nor below, also with few backdoored models', (kind) => {
    const areas = [1, 2, 3, 4, 5, 6].map((seed) => {
      const { data, labels } = rows(23, 8, 0, seed);
      return crossValidate(kind, data, labels, seed)?.auc.auc ?? NaN;
    });

    // The standard error of each is about 0.12.
    expect(Math.abs(areas.reduce((sum, area) => sum + area, 0) / areas.length - 0.5)).toBeLessThan(0.17);
  });

  it('gives clean models of which it is certain one and the same answer, and a clean newcomer no other', () => {
    const { data, labels } = rows(24, 12, 40, 2);
    const found = crossValidate('gradient-boosting', data, labels, 0, { newcomer: new Float64Array(5) });

    expect(new Set(Array.from(found?.answers ?? []).slice(0, 24))).toEqual(new Set([found?.newcomer]));
  });

  it('is undefined with fewer models of a label than folds', () => {
    const { data, labels } = rows(20, 4, 6, 1);

    expect(crossValidate('gradient-boosting', data, labels, 0)).toBeUndefined();
  });
});
