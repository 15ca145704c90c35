import { describe, expect, it } from 'vitest';
import { drawScene } from '../../../src/inversion/draw-pictures/draw-scene.ts';
import { randomSource } from '../../../src/statistics/random.ts';

const shape = { channels: 3, height: 32, width: 48 };
const random = randomSource(0, 'scenes');
const scenes = Array.from({ length: 200 }, () => drawScene(shape, random));

/** Mean over all pictures of the squared difference of pixels `apart` columns from each other. */
function difference(apart: number): number {
  const { height, width } = shape;
  let [sum, count] = [0, 0];
  for (const picture of scenes) {
    for (let at = 0; at < 3 * height * width - apart; at += 1) {
      if (Math.floor(at / width) !== Math.floor((at + apart) / width)) continue;
      sum += ((picture[at + apart] as number) - (picture[at] as number)) ** 2;
      count += 1;
    }
  }
  return sum / count;
}

describe('drawScene', () => {
  it('fills every shape of picture with values in [0, 1], each scene another one', () => {
    for (const picture of scenes) {
      expect(picture).toHaveLength(3 * 32 * 48);
      expect(picture.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
    expect(new Set(scenes.map((picture) => picture.join())).size).toBe(200);
    expect(drawScene({ channels: 4, height: 3, width: 2 }, random)).toHaveLength(24);
  });

  it('has the statistics of photographs: pixels differ the more the farther apart they are, and neighbors are nearly alike', () => {
    const [one, four, sixteen] = [difference(1), difference(4), difference(16)];

    expect(four / one).toBeGreaterThan(1.5);
    expect(sixteen / four).toBeGreaterThan(1.3);
    expect(sixteen / one).toBeGreaterThan(4);
  });
});
