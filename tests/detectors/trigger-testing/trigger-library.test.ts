import { describe, expect, it } from 'vitest';
import { triggerLibrary } from '../../../src/detectors/trigger-testing/trigger-library.ts';
import { randomSource } from '../../../src/statistics/random.ts';
import { imageSize, TRIGGER_FAMILIES } from '../../../src/triggers/trigger.ts';

const library = (channels: number, height: number, width: number) => triggerLibrary({ channels, height, width }, randomSource(0, 'library'));

describe('triggerLibrary', () => {
  it.each([[1, 28, 28], [3, 32, 32], [3, 224, 224], [3, 16, 40], [1, 3, 3]])('has triggers of every family that fit %ix%ix%i', (channels, height, width) => {
    const shape = { channels, height, width };
    const triggers = library(channels, height, width);
    const gray = new Float32Array(imageSize(shape)).fill(0.4);

    expect(new Set(triggers.map(({ trigger }) => trigger.family))).toEqual(new Set(TRIGGER_FAMILIES));
    expect(new Set(triggers.map(({ trigger }) => trigger.id)).size).toBe(triggers.length);
    for (const { trigger } of triggers.filter((_, index) => index % 7 === 0)) expect(trigger.apply(gray, 1, shape)).toHaveLength(gray.length);
  });

  it('is the same for the same source of chance', () => {
    expect(library(3, 32, 32).map(({ trigger }) => trigger.id)).toEqual(library(3, 32, 32).map(({ trigger }) => trigger.id));
  });

  it('is small enough for a few seconds a model and has random changes to compare with', () => {
    const triggers = library(3, 32, 32);

    expect(triggers.length).toBeGreaterThan(200);
    expect(triggers.length).toBeLessThan(320);
    expect(triggers.filter(({ isRandom }) => isRandom).length).toBeGreaterThan(60);
  });

  it('is empty for images that nothing fits', () => {
    expect(library(1, 2, 2)).toEqual([]);
  });
});
