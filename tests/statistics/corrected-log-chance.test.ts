import { describe, expect, it } from 'vitest';
import { correctedLogChance } from '../../src/statistics/corrected-log-chance.ts';

describe('correctedLogChance', () => {
  it('is the tail of a fair coin times the number of tests', () => {
    expect(10 ** correctedLogChance(10, 10, 0.5, 1)).toBeCloseTo(1 / 1024, 12);
    expect(10 ** correctedLogChance(10, 10, 0.5, 100)).toBeCloseTo(100 / 1024, 10);
  });

  it('takes no tests for one', () => {
    expect(correctedLogChance(3, 5, 0.2, 0)).toBe(correctedLogChance(3, 5, 0.2, 1));
  });
});
