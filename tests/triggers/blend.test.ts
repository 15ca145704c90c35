import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/statistics/random.ts';
import { blendTrigger, noisePicture, smoothPicture } from '../../src/triggers/blend.ts';

const shape = { channels: 1, height: 2, width: 2 };

describe('blendTrigger', () => {
  it('mixes picture and image by alpha', () => {
    const trigger = blendTrigger({ picture: Float32Array.of(1, 1, 0, 0), alpha: 0.25, pictureName: 'p' });

    expect([...trigger.apply(Float32Array.of(0, 1, 0, 1), 1, shape)]).toEqual([0.25, 1, 0, 0.75]);
  });

  it('refuses an alpha that is no share and a picture of another size', () => {
    expect(() => blendTrigger({ picture: new Float32Array(4), alpha: 0, pictureName: 'p' })).toThrow(RangeError);
    expect(() => blendTrigger({ picture: new Float32Array(4), alpha: 1.1, pictureName: 'p' })).toThrow(RangeError);
    expect(() => blendTrigger({ picture: new Float32Array(3), alpha: 0.5, pictureName: 'p' }).apply(new Float32Array(4), 1, shape)).toThrow(RangeError);
  });
});

describe('pictures', () => {
  const large = { channels: 1, height: 32, width: 32 };
  const roughness = (picture: Float32Array): number => picture.reduce((sum, value, at) => sum + (at === 0 ? 0 : Math.abs(value - (picture[at - 1] as number))), 0);

  it('are in [0, 1], and a smooth picture is smoother than noise', () => {
    const smooth = smoothPicture(large, 4, randomSource(1, 's'));
    const noise = noisePicture(large, randomSource(1, 'n'));

    expect([...smooth, ...noise].every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(roughness(smooth)).toBeLessThan(roughness(noise) / 3);
  });
});
