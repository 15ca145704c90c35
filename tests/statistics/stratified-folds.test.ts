import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/statistics/random.ts';
import { stratifiedFolds } from '../../src/statistics/stratified-folds.ts';

describe('stratifiedFolds', () => {
  it('spreads rows and either label as evenly as it goes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 60 }), fc.integer({ min: 2, max: 7 }), fc.integer(), (labels, folds, seed) => {
        const found = stratifiedFolds(labels, folds, randomSource(seed, 'folds'));

        for (const kinds of [[0], [1], [0, 1]]) {
          const sizes = Array.from({ length: folds }, (_, fold) => labels.filter((label, row) => kinds.includes(label) && found[row] === fold).length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(labels.filter((label) => kinds.includes(label)).length);
        }
      }),
    );
  });
});
