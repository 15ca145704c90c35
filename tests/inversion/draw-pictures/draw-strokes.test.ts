import { describe, expect, it } from 'vitest';
import { drawStrokes } from '../../../src/inversion/draw-pictures/draw-strokes.ts';
import { randomSource } from '../../../src/statistics/random.ts';

const random = randomSource(0, 'strokes');

describe('drawStrokes', () => {
  it('draws bright lines on black in one channel: most is ground, some is ink, and nothing is at the edge', () => {
    for (let drawn = 0; drawn < 200; drawn += 1) {
      const picture = drawStrokes({ channels: 1, height: 28, width: 28 }, random);
      const ink = picture.filter((value) => value > 0.5).length / picture.length;

      expect(ink).toBeGreaterThan(0);
      expect(ink).toBeLessThan(0.4);
      expect(picture.subarray(0, 28).every((value) => value === 0)).toBe(true);
      expect(picture.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });

  it('draws in two colors where there are more channels', () => {
    const picture = drawStrokes({ channels: 3, height: 16, width: 16 }, random);
    const [red, green] = [picture[0], picture[256]];

    expect(picture).toHaveLength(768);
    expect(red).not.toBe(green);
  });
});
