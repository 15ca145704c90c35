import { describe, expect, it } from 'vitest';
import { entropy } from '../../src/statistics/entropy.ts';

describe('entropy', () => {
  it('counts bits', () => {
    expect(entropy([0.5, 0.25, 0.125, 0.125])).toBeCloseTo(1.75, 12);
    expect(entropy([0.1, 0.2, 0.7])).toBeCloseTo(1.1567796494470395, 12);
  });

  it('is zero when one outcome is sure', () => {
    expect(entropy([0, 1, 0])).toBe(0);
  });
});
