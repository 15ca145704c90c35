import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Calibration } from '../../src/detectors/detector.ts';
import { metricAtScore, scoreOf } from '../../src/detectors/score.ts';

const calibration = (rest: Partial<Calibration> = {}): Calibration => ({
  method: 'logistic', transform: 'identity', slope: 2, threshold: 3, fittedOn: { description: '', command: '', date: '', models: [] }, ...rest,
});

describe('scoreOf', () => {
  it('is 0.5 at the threshold and rises towards the flagged side', () => {
    expect(scoreOf(3, calibration(), 'above')).toBe(0.5);
    expect(scoreOf(4, calibration(), 'above')).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
    expect(scoreOf(4, calibration(), 'below')).toBeCloseTo(1 / (1 + Math.exp(2)), 12);
  });

  it('counts ratios where the calibration is logarithmic, and takes zero for the smallest metric there is', () => {
    const log = calibration({ transform: 'log' });

    expect(scoreOf(6, log, 'above')).toBeCloseTo(1 - scoreOf(1.5, log, 'above'), 12);
    expect(scoreOf(0, log, 'above')).toBe(0);
  });

  it('stays in [0, 1] and never makes a number of NaN', () => {
    fc.assert(
      fc.property(fc.double(), fc.constantFrom('identity' as const, 'log' as const), fc.constantFrom('above' as const, 'below' as const), (metric, transform, side) => {
        const score = scoreOf(metric, calibration({ transform }), side);
        if (Number.isNaN(metric)) expect(score).toBeNaN();
        else expect(score >= 0 && score <= 1).toBe(true);
      }),
    );
  });
});

describe('metricAtScore', () => {
  it('undoes scoreOf', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), fc.constantFrom('identity' as const, 'log' as const), fc.constantFrom('above' as const, 'below' as const), (score, transform, side) => {
        const fitted = calibration({ transform });
        expect(scoreOf(metricAtScore(score, fitted, side), fitted, side)).toBeCloseTo(score, 9);
      }),
    );
  });

  it('refuses scores that no metric reaches', () => {
    expect(() => metricAtScore(0, calibration(), 'above')).toThrow(RangeError);
    expect(() => metricAtScore(1, calibration(), 'above')).toThrow(RangeError);
    expect(() => metricAtScore(NaN, calibration(), 'above')).toThrow(RangeError);
  });
});
