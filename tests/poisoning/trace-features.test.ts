import { describe, expect, it } from 'vitest';
import { traceFeatures } from '../../src/poisoning/trace-features.ts';
import { randomSource } from '../../src/statistics/random.ts';

const SIDE = 16;
const PLANE = SIDE * SIDE;
/** Eight kernels of three numbers, and eleven rings. */
const GRAY = 8 * 3 + 11;
/** For each of two differences, eight kernels of two numbers, and eleven rings. */
const COLOUR = 2 * (8 * 2 + 11);

function measured(pixels: Uint8Array, channels: number): Float32Array {
  const features = traceFeatures({ channels, height: SIDE, width: SIDE });
  const values = new Float32Array(features.count);
  features.measure(pixels, values, 0);
  return values;
}

describe('traceFeatures', () => {
  const random = randomSource(1, 'pixels');
  const gray = Uint8Array.from({ length: PLANE }, (_, at) => 100 + Math.round(40 * Math.sin(at / 9) + 5 * random.normal()));
  const plain = Uint8Array.from([...gray, ...gray, ...gray]);
  // Red gains what blue loses: the mean of the channels is what it was.
  const noise = Int8Array.from({ length: PLANE }, () => (random.uniform() < 0.5 ? -6 : 6));
  const tinted = Uint8Array.from([...gray.map((value, at) => value + (noise[at] as number)), ...gray, ...gray.map((value, at) => value - (noise[at] as number))]);

  it('sees a pattern in colours that leaves the gray of an image as it is', () => {
    const [before, after] = [measured(plain, 3), measured(tinted, 3)];
    const change = (from: number, to: number): number => Math.max(...Array.from(before.subarray(from, to), (value, at) => Math.abs(value - (after[from + at] as number))));

    expect(change(0, GRAY)).toBeLessThan(1e-5);
    expect(change(GRAY, GRAY + COLOUR)).toBeGreaterThan(1);
  });

  it('measures colours in images of three channels only', () => {
    expect(measured(plain, 3).length - measured(gray, 1).length).toBe(COLOUR + 2 * 22);
    expect(measured(gray, 1).every(Number.isFinite)).toBe(true);
    expect(measured(plain, 3).every(Number.isFinite)).toBe(true);
  });
});
