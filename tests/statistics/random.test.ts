import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/statistics/random.ts';

const draw = (seed: number, label: string): number[] => {
  const random = randomSource(seed, label);
  return Array.from({ length: 2000 }, () => random.uniform());
};

describe('randomSource', () => {
  it('repeats for the same seed and label and differs for others', () => {
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
  });

  it('is spread evenly over [0, 1)', () => {
    const values = draw(3, 'spread');

    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(0.5, 1);
  });

  it('shuffles without losing or repeating members, and leaves its input as it is', () => {
    const items = [1, 2, 3, 4, 5, 6, 7];
    const shuffled = randomSource(4, 'shuffle').shuffle(items);

    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([...shuffled].sort()).toEqual(items);
    expect(shuffled).not.toEqual(items);
  });

  it('draws normal values of mean 0 and deviation 1', () => {
    const random = randomSource(5, 'normal');
    const values = Array.from({ length: 4000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;

    expect(Math.abs(mean)).toBeLessThan(0.06);
    expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length).toBeCloseTo(1, 1);
  });
});
