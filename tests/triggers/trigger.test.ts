import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/statistics/random.ts';
import { blendTrigger, smoothPicture } from '../../src/triggers/blend.ts';
import { colorTrigger } from '../../src/triggers/color.ts';
import { noiseTrigger } from '../../src/triggers/noise.ts';
import { patchTrigger } from '../../src/triggers/patch.ts';
import { sinusoidTrigger } from '../../src/triggers/sinusoid.ts';
import { copyBatch, imageSize, TRIGGER_FAMILIES, triggerStrength, type ImageShape, type Trigger } from '../../src/triggers/trigger.ts';
import { warpTrigger } from '../../src/triggers/warp.ts';

const shape: ImageShape = { channels: 3, height: 9, width: 12 };
const random = (label: string) => randomSource(7, label);

/** One trigger of every family, made anew. */
const all = (): readonly Trigger[] => [
  patchTrigger({ size: 3, place: 'bottom-right', pattern: 'binary-noise', margin: 1, random: { source: random('patch'), seedName: 'p' } }),
  blendTrigger({ picture: smoothPicture(shape, 4, random('blend')), alpha: 0.2, pictureName: 'p' }),
  sinusoidTrigger({ delta: 0.1, frequency: 3, direction: 'diagonal' }),
  colorTrigger({ kind: 'tint', shift: [0.1, 0, -0.1] }),
  warpTrigger({ cells: 4, pixels: 1, seedName: 'w', random: random('warp') }),
  noiseTrigger({ epsilon: 0.1, kind: 'sign', shape, seedName: 'n', random: random('noise') }),
];

const batches = fc.integer({ min: 1, max: 3 }).map((count) => {
  const source = random(`images ${count}`);
  return { count, pixels: Float32Array.from({ length: count * imageSize(shape) }, () => source.uniform()) };
});

describe('every trigger family', () => {
  it('is covered here', () => {
    expect(all().map((trigger) => trigger.family)).toEqual(TRIGGER_FAMILIES);
  });

  it.each(all().map((trigger, index) => [trigger.family, index] as const))('%s keeps pixels in [0, 1], its input as it is, and does the same to each image alone', (_family, index) => {
    fc.assert(
      fc.property(batches, ({ count, pixels }) => {
        const [trigger, again] = [all()[index], all()[index]];
        if (trigger === undefined || again === undefined) throw new Error('no such trigger');
        const before = Float32Array.from(pixels);
        const changed = trigger.apply(pixels, count, shape);

        expect(pixels).toEqual(before);
        expect(changed.every((value) => value >= 0 && value <= 1)).toBe(true);
        expect(again.id).toBe(trigger.id);
        expect(again.apply(pixels, count, shape)).toEqual(changed);
        const last = pixels.slice((count - 1) * imageSize(shape));
        expect(trigger.apply(last, 1, shape)).toEqual(changed.slice((count - 1) * imageSize(shape)));
      }),
      { numRuns: 5 },
    );
  });

  it.each(all().map((trigger) => [trigger.family, trigger] as const))('%s refuses a batch of another length', (_family, trigger) => {
    expect(() => trigger.apply(new Float32Array(5), 1, shape)).toThrow(RangeError);
  });
});

describe('triggerStrength', () => {
  it('counts changed positions once, whatever the number of channels, and the length of the change', () => {
    const white = patchTrigger({ size: 3, place: 'top-left', pattern: 'white' });
    const strength = triggerStrength(white, new Float32Array(2 * imageSize(shape)), 2, shape);

    expect(strength.changedShare).toBeCloseTo(9 / (9 * 12), 12);
    expect(strength.l2).toBeCloseTo(Math.sqrt(27), 6);
  });

  it('is zero for no images', () => {
    expect(triggerStrength(patchTrigger({ size: 1, place: 'center', pattern: 'white' }), new Float32Array(0), 0, shape)).toEqual({ changedShare: 0, l2: 0 });
  });
});

describe('copyBatch', () => {
  it('hands out a copy', () => {
    const batch = new Float32Array(imageSize(shape));
    copyBatch(batch, 1, shape)[0] = 1;

    expect(batch[0]).toBe(0);
  });
});
