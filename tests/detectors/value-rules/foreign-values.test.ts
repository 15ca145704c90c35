import { describe, expect, it } from 'vitest';
import { foreignValues } from '../../../src/detectors/value-rules/foreign-values.ts';
import { valueToken, type RowValues } from '../../../src/detectors/value-rules/value-tokens.ts';
import { tokenCounts } from '../../../src/poisoning/token-counts.ts';

function foreignOf(column: RowValues): readonly string[] {
  const counts = tokenCounts(1);
  for (const value of column) counts.add(valueToken(value, 0), 0);
  return foreignValues(counts);
}

const TENTHS = Array.from({ length: 200 }, (_, at) => at / 10);
const AGES = Array.from({ length: 200 }, (_, at) => 20 + (at % 40));

describe('foreignValues', () => {
  it.each([
    ['a missing value', [...AGES, null, null], ['0?']],
    ['a text among numbers', [...AGES, 'n/a', 'n/a'], ['0:n/a']],
    ['a number among texts', [...AGES.map((age) => `about ${String(age)}`), 7], ['0=7']],
    ['a number above the range', [...AGES, 99, 99], ['0=99']],
    ['a number below the range', [...TENTHS, -3], ['0=-3']],
    ['a number more precise than the others', [...AGES, 30.5, 30.5], ['0=30.5']],
    ['a number that recurs where the others do not', [...TENTHS, 4.2, 4.2, 4.2], ['0=4.2']],
  ])('names %s', (_what, column, tokens) => {
    expect(foreignOf(column)).toEqual(tokens);
  });

  it.each([
    ['the ends of a range', AGES],
    ['the end of a short scale, which is a step away from the others', Array.from({ length: 100 }, (_, at) => at % 5)],
    ['a constant', Array.from({ length: 20 }, () => 3)],
    ['kinds, however rare', [...Array.from({ length: 50 }, (_, at) => ['red', 'green'][at % 2] ?? ''), 'mauve']],
    ['numbers of many decimals among others', Array.from({ length: 100 }, (_, at) => Math.sqrt(100 + at))],
  ])('does not name %s', (_what, column) => {
    expect(foreignOf(column)).toEqual([]);
  });
});
