import { describe, expect, it } from 'vitest';
import { paint, type Canvas } from '../../../src/inversion/draw-pictures/canvas.ts';

const blank = (height: number, width: number): Canvas => ({ channels: 1, height, width, pixels: new Float32Array(height * width) });
const everywhere = { left: -10, right: 10, top: -10, bottom: 10 };

describe('paint', () => {
  it('covers as much of the picture as the shape does', () => {
    const canvas = blank(64, 64);
    paint(canvas, everywhere, (x, y) => 0.25 - Math.hypot(x, y), () => 1);

    const area = canvas.pixels.reduce((sum, value) => sum + value, 0) / 64 ** 2;
    expect(area).toBeCloseTo(Math.PI * 0.25 ** 2, 2);
  });

  it('leaves alone what lies outside of the box', () => {
    const canvas = blank(8, 8);
    paint(canvas, { left: -0.5, right: -0.01, top: -0.5, bottom: 0.5 }, () => 1, () => 1);

    for (let at = 0; at < 64; at += 1) expect(canvas.pixels[at], String(at)).toBe(at % 8 < 4 ? 1 : 0);
  });

  it('measures in the smaller side, from the middle', () => {
    const canvas = blank(4, 8);
    paint(canvas, everywhere, (x) => (x > 0.5 ? 1 : -1), () => 1);

    expect([...canvas.pixels.subarray(0, 8)]).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
  });
});
