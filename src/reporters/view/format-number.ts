import { groupDigits } from '../escape.ts';

/** A number for people: three significant digits, no `-0`, no exponent below a million; NaN and infinities by name. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? 'infinity' : '-infinity';
  if (value === 0) return '0';
  if (Number.isSafeInteger(value)) return groupDigits(value);
  const rounded = Number(value.toPrecision(digits));
  if (Math.abs(rounded) >= 1e6 || Math.abs(rounded) < 1e-4) return rounded.toExponential(Math.max(0, digits - 1));
  return String(rounded);
}

/**
 * A score in [0, 1] with two decimals. Rounding never carries it to the other side of 0.5 or onto 0 or 1: a reader
 * takes 0.50 for "on the threshold" and 1.00 for "certain".
 */
export function formatScore(score: number): string {
  if (!Number.isFinite(score)) return 'not a number';
  const rounded = score.toFixed(2);
  if (rounded === '0.50' && score < 0.5) return '0.49';
  if (rounded === '0.50' && score > 0.5) return '0.51';
  if (rounded === '1.00' && score < 1) return '0.99';
  if (rounded === '0.00' && score > 0) return '0.01';
  return rounded;
}

/** A value and the threshold it is compared with, with as many digits as it takes to tell them apart. */
export function formatPair(value: number, threshold: number): readonly [string, string] {
  for (let digits = 3; digits <= 17; digits++) {
    const pair = [formatNumber(value, digits), formatNumber(threshold, digits)] as const;
    if (pair[0] !== pair[1] || value === threshold) return pair;
  }
  return [String(value), String(threshold)];
}

const UNITS = ['byte', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? count(bytes, UNITS[0]) : `${formatNumber(value)} ${UNITS[unit] ?? ''}`;
}

/** `1 artifact`, `2 artifacts`, `1,000 artifacts`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${groupDigits(number)} ${number === 1 ? singular : plural}`;
}
