import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logisticSlope } from '../../src/statistics/logistic-slope.ts';

const model = (distance: number, isPositive: boolean) => ({ distance, isPositive });

describe('logisticSlope', () => {
  it('is where the derivative of the penalized likelihood vanishes', () => {
    const models = [model(2, true), model(0.5, true), model(-1, true), model(-2, false), model(-1, false), model(1, false)];
    const slope = logisticSlope(models);
    const scale = Math.sqrt(models.reduce((sum, { distance }) => sum + distance ** 2, 0) / models.length);
    const gradient = models.reduce((sum, { distance, isPositive }) => {
      const side = isPositive ? 1 : -1;
      return sum - (side * distance) / scale / (1 + Math.exp(side * slope * distance));
    }, (slope * scale) / 2.5 ** 2);

    expect(gradient).toBeCloseTo(0, 4);
  });

  it('stays finite when the models are perfectly separated', () => {
    const slope = logisticSlope([model(1, true), model(2, true), model(-1, false), model(-3, false)]);

    expect(slope).toBeGreaterThan(0.5);
    expect(slope).toBeLessThan(10);
  });

  it('does not depend on the unit of the metric', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (unit) => {
        const models = [model(2, true), model(-0.5, true), model(-1, false), model(0.25, false)];
        const scaled = models.map(({ distance, isPositive }) => model(distance * unit, isPositive));
        expect(logisticSlope(scaled) * unit).toBeCloseTo(logisticSlope(models), 4);
      }),
    );
  });

  it('is positive even for a detector that ranks backwards', () => {
    expect(logisticSlope([model(-2, true), model(3, false)])).toBeGreaterThan(0);
  });

  it('needs both kinds', () => {
    expect(() => logisticSlope([model(1, true)])).toThrow(RangeError);
    expect(() => logisticSlope([model(0, true), model(0, false)])).toThrow(RangeError);
  });
});
