import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { count, formatBytes, formatNumber, formatPair, formatScore } from '../../../src/reporters/view/format-number.ts';

describe('formatNumber', () => {
  it.each([
    [0, '0'], [-0, '0'], [1.23456, '1.23'], [-0.00123456, '-0.00123'], [123_456, '123,456'], [1234.56, '1230'],
    [1e-7, '1.00e-7'], [1.5e9 + 0.5, '1.50e+9'], [Number.NaN, 'not a number'], [Infinity, 'infinity'], [-Infinity, '-infinity'],
  ])('%d is %s', (value, expected) => {
    expect(formatNumber(value)).toBe(expected);
  });
});

describe('formatScore', () => {
  it('never rounds across the threshold or to certainty', () => {
    expect([0, 0.001, 0.499, 0.5, 0.501, 0.999, 1].map(formatScore)).toEqual(['0.00', '0.01', '0.49', '0.50', '0.51', '0.99', '1.00']);
  });

  it('orders as the scores do', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (a, b) => {
      if (a <= b) expect(Number(formatScore(a))).toBeLessThanOrEqual(Number(formatScore(b)));
    }));
  });
});

describe('formatPair', () => {
  it('shows as many digits as it takes to tell a value from its threshold', () => {
    expect(formatPair(3.00001, 3)).toEqual(['3.00001', '3']);
    expect(formatPair(9.4123, 3)).toEqual(['9.41', '3']);
  });

  it('never shows two different numbers as the same', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ noNaN: true, noDefaultInfinity: true }), (a, b) => {
      fc.pre(a !== b);
      const [value, threshold] = formatPair(a, b);

      expect(value).not.toBe(threshold);
    }));
  });
});

it('formatBytes uses binary units', () => {
  expect([0, 1, 1023, 222_784, 734_003_200, 10 * 2 ** 30].map(formatBytes)).toEqual(['0 bytes', '1 byte', '1,023 bytes', '218 KiB', '700 MiB', '10 GiB']);
});

it('count says one thing in the singular', () => {
  expect([count(1, 'artifact'), count(2, 'artifact'), count(1000, 'more', 'more')]).toEqual(['1 artifact', '2 artifacts', '1,000 more']);
});
