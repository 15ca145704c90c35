import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/statistics/random.ts';
import { warpTrigger } from '../../src/triggers/warp.ts';

const shape = { channels: 1, height: 32, width: 32 };
const warp = (pixels: number) => warpTrigger({ cells: 4, pixels, seedName: 'w', random: randomSource(2, 'w') });

describe('warpTrigger', () => {
  it('leaves an even image as it is: it moves pixels and makes none', () => {
    const even = new Float32Array(32 * 32).fill(0.25);

    expect(warp(2).apply(even, 1, shape)).toEqual(even);
  });

  it('moves a ramp by its mean displacement on average', () => {
    const ramp = Float32Array.from({ length: 32 * 32 }, (_, at) => (at % 32) / 31);
    const moved = warp(1).apply(ramp, 1, shape);
    const average = moved.reduce((sum, value, at) => sum + Math.abs(value - (ramp[at] as number)) * 31, 0) / ramp.length;

    expect(average).toBeGreaterThan(0.8);
    expect(average).toBeLessThan(1.1);
  });

  it('moves more when told so', () => {
    const ramp = Float32Array.from({ length: 32 * 32 }, (_, at) => (at % 32) / 31);
    const change = (pixels: number): number => warp(pixels).apply(ramp, 1, shape).reduce((sum, value, at) => sum + Math.abs(value - (ramp[at] as number)), 0);

    expect(change(0)).toBe(0);
    expect(change(2)).toBeGreaterThan(change(1));
  });
});
