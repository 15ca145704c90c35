import { describe, expect, it } from 'vitest';
import type { ImageSet } from '../../../src/detectors/trigger-testing/image-set.ts';
import { triggerPicture } from '../../../src/detectors/trigger-testing/trigger-picture.ts';
import { MAX_PICTURE_SAMPLES } from '../../../src/model/trigger-picture.ts';
import { patchTrigger } from '../../../src/triggers/patch.ts';
import { warpTrigger } from '../../../src/triggers/warp.ts';
import { randomSource } from '../../../src/statistics/random.ts';
import { TOY_SHAPE, toySamples } from '../../support/toy-classifier.ts';

const { pixels, labels, count } = toySamples(32);
const images: ImageSet = { pixels, count, shape: TOY_SHAPE, predictions: labels ?? new Int32Array(count) };
const patch = patchTrigger({ size: 3, place: 'bottom-right', pattern: 'white' });
const corner = (at: number): boolean => at >> 4 >= 13 && (at & 15) >= 13;

describe('triggerPicture', () => {
  it('shows where a patch is, what it is, and what it does to images of different classes', () => {
    const picture = triggerPicture(patch, images, [0, 8, 16, 1, 9, 2, 3, 4, 5]);

    expect(picture).toMatchObject({ title: patch.description, ...TOY_SHAPE });
    expect([...(picture.mask ?? [])]).toEqual(Array.from({ length: 256 }, (_, at) => (corner(at) ? 1 : 0)));
    expect([...(picture.pattern ?? [])]).toEqual(Array.from({ length: 256 }, (_, at) => (corner(at) ? 1 : 0.5)));
    expect(picture.samples.length).toBe(MAX_PICTURE_SAMPLES * 256);
    const first = [0, 1, 2, 3, 4, 5].map((image) => picture.samples.subarray(image * 256, image * 256 + 256));
    expect(first).toEqual([0, 1, 2, 3, 4, 5].map((image) => pixels.subarray(image * 256, image * 256 + 256)));
    expect(picture.triggered).toEqual(patch.apply(picture.samples, MAX_PICTURE_SAMPLES, TOY_SHAPE));
  });

  it('has no pattern when the trigger makes nothing of plain gray', () => {
    const warp = warpTrigger({ cells: 4, pixels: 1, seedName: 'test', random: randomSource(1, 'warp') });

    expect(triggerPicture(warp, images, [0, 1]).pattern).toBeUndefined();
  });

  it('shows some images even when the trigger moved none', () => {
    expect(triggerPicture(patch, images, []).samples.length).toBe(MAX_PICTURE_SAMPLES * 256);
  });
});
