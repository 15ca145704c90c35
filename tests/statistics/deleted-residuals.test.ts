import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deletedResiduals, studentToNormal } from '../../src/statistics/deleted-residuals.ts';

describe('deletedResiduals', () => {
  it('gives what numpy gives when each value is left out in turn', () => {
    const recorded = [-0.15814477367648908, -0.5300606154267643, -0.27855525926176866, -0.4020151261036848, -0.6645070669956087, 11.547005383792516];

    expect([...(deletedResiduals([1.2, 0.9, 1.1, 1, 0.8, 3]) ?? [])]).toEqual(recorded.map((value) => expect.closeTo(value, 10)));
  });

  it('still measures an outlier that dwarfs everything', () => {
    const residuals = deletedResiduals([1, 2, 3, 4, 5, 1e9]);

    expect(residuals?.[5]).toBeGreaterThan(1e8);
  });

  it('is undefined for too few values, values that are not finite, and others that do not differ', () => {
    expect(deletedResiduals([1, 2, 3, 4])).toBeUndefined();
    expect(deletedResiduals([1, 2, 3, 4, NaN])).toBeUndefined();
    expect(deletedResiduals([1, 1, 1, 1, 9])).toBeUndefined();
    expect(deletedResiduals([0, 0, 0, 0, 0])).toBeUndefined();
  });

  it('agrees with the definition for any values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 5, maxLength: 20 }), (values) => {
        const residuals = deletedResiduals(values);
        if (residuals === undefined) return;
        const others = values.slice(1);
        const center = others.reduce((sum, value) => sum + value, 0) / others.length;
        const spread = Math.sqrt(others.reduce((sum, value) => sum + (value - center) ** 2, 0) / (others.length - 1));
        expect(residuals[0]).toBeCloseTo(((values[0] ?? 0) - center) / (spread * Math.sqrt(1 + 1 / others.length)), 8);
      }),
    );
  });
});

describe('studentToNormal', () => {
  it('is as unlikely as t, recorded by numerical integration', () => {
    const recorded = [[3, 2, 1.4783], [3, 4, 2.1972], [8, 2, 1.7477], [8, 4, 2.8821], [8, 8, 4.0872], [22, 4, 3.4302], [40, 8, 6.1468]] as const;

    for (const [freedom, t, normal] of recorded) {
      expect(Math.abs(studentToNormal(t, freedom) - normal)).toBeLessThan(0.025);
      expect(studentToNormal(-t, freedom)).toBe(-studentToNormal(t, freedom));
    }
  });
});
