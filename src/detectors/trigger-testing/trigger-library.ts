import type { RandomSource } from '../../statistics/random.ts';
import { blendTrigger, noisePicture, smoothPicture } from '../../triggers/blend.ts';
import { colorTrigger } from '../../triggers/color.ts';
import { noiseTrigger } from '../../triggers/noise.ts';
import { PATCH_COLORS, PATCH_PLACES, patchCorner, patchTrigger, type PatchPattern } from '../../triggers/patch.ts';
import { sinusoidTrigger } from '../../triggers/sinusoid.ts';
import type { ImageShape, Trigger } from '../../triggers/trigger.ts';
import { warpTrigger } from '../../triggers/warp.ts';
import type { TriedTrigger } from './tried-trigger.ts';

/** Published patch triggers on 32-pixel images are 2 to 6 pixels wide; larger images get the same share of their edge. */
const PATCH_SHARES = [3 / 32, 5 / 32];
/** Random patches are a pixel larger: a random pattern has to cover a trigger's place to touch it at all. */
const RANDOM_PATCH_SHARES = [4 / 32, 6 / 32];
const RANDOM_PATCHES_PER_SIZE = 20;

/** Attack papers blend with 0.1 to 0.2; stronger blends push fragile clean models into one class. */
const BLEND_ALPHA = 0.15;
/** SIG trains with 20 to 40 of 255; at 0.15 clean CIFAR-10 models answer most waves with one class. */
const SINUSOID_DELTA = 0.1;
/** Periods over the image. Finer than four pixels a wave, clean convolutional nets answer with one class (measured). */
const SINUSOID_FREQUENCIES = [2, 4, 6, 8];
const TINT = 0.12;
/** On gray images a tint is plain brightness; clean digit classifiers whose background was always black give in to more. */
const GRAY_TINT = 0.06;
const WARP_PIXELS = 1;
const NOISE_EPSILON = 0.1;

const TINTS = [
  [1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1], [1, 1, 1], [-1, -1, -1], [1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1],
];

/** Patch edges in pixels for this image, smallest first, without repeats; never more than a third of the shorter side. */
function patchSizes(shape: ImageShape, shares: readonly number[]): readonly number[] {
  const side = Math.min(shape.height, shape.width);
  const sizes = shares.map((share) => Math.min(Math.max(Math.round(share * side), 1), Math.floor(side / 3)));
  return [...new Set(sizes)].filter((size) => size >= 1);
}

function structuredPatches(shape: ImageShape): TriedTrigger[] {
  const colors = Object.keys(PATCH_COLORS) as (keyof typeof PATCH_COLORS)[];
  const patterns: readonly PatchPattern[] = [...(shape.channels === 1 ? (['white', 'black'] as const) : colors), 'checker'];
  return patchSizes(shape, PATCH_SHARES).flatMap((size) =>
    patterns.flatMap((pattern) =>
      PATCH_PLACES.map((place): TriedTrigger => {
        // Small patches one pixel in, larger ones at the border: together they cover triggers at a margin of 0 and of 1.
        const parameters = { size, place, pattern, margin: size <= Math.min(shape.height, shape.width) / 8 ? 1 : 0 };
        return { trigger: patchTrigger(parameters), patch: { parameters, ...patchCorner(parameters, shape) }, isRandom: false };
      }),
    ),
  );
}

function randomPatches(shape: ImageShape, random: RandomSource): TriedTrigger[] {
  return patchSizes(shape, RANDOM_PATCH_SHARES).flatMap((size) =>
    Array.from({ length: RANDOM_PATCHES_PER_SIZE }, (_, index): TriedTrigger => {
      const row = random.integer(shape.height - size + 1);
      const column = random.integer(shape.width - size + 1);
      const parameters = {
        size,
        place: { row, column },
        pattern: index % 2 === 0 ? ('binary-noise' as const) : ('noise' as const),
        random: { source: random, seedName: `r${index}` },
      };
      return { trigger: patchTrigger(parameters), patch: { parameters, row, column }, isRandom: true };
    }),
  );
}

function wholeImageTriggers(shape: ImageShape, random: RandomSource): TriedTrigger[] {
  const fixed = (trigger: Trigger): TriedTrigger => ({ trigger, isRandom: false });
  const drawn = (trigger: Trigger): TriedTrigger => ({ trigger, isRandom: true });
  const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

  const blends = [
    ...times(10, (index) => blendTrigger({ picture: smoothPicture(shape, 3 + 2 * (index % 4), random), alpha: BLEND_ALPHA, pictureName: `random picture ${index}` })),
    ...times(4, (index) => blendTrigger({ picture: noisePicture(shape, random), alpha: BLEND_ALPHA, pictureName: `random noise ${index}` })),
  ].map(drawn);
  const waves = SINUSOID_FREQUENCIES.flatMap((frequency) =>
    (['horizontal', 'vertical', 'diagonal'] as const).map((direction) => fixed(sinusoidTrigger({ delta: SINUSOID_DELTA, frequency, direction }))),
  );
  const isGray = shape.channels === 1;
  const colors = [
    ...(isGray ? [[1], [-1]] : TINTS).map((tint) => colorTrigger({ kind: 'tint', shift: tint.map((value) => Number(((isGray ? GRAY_TINT : TINT) * value).toFixed(3))) })),
    ...(isGray ? [] : [colorTrigger({ kind: 'gamma', gamma: 0.7 }), colorTrigger({ kind: 'gamma', gamma: 1.5 }), colorTrigger({ kind: 'contrast', factor: 0.75 })]),
  ].map(fixed);
  const warps = times(10, (index) => drawn(warpTrigger({ cells: 3 + (index % 3), pixels: WARP_PIXELS, seedName: `r${index}`, random })));
  const noises = times(10, (index) => drawn(noiseTrigger({ epsilon: NOISE_EPSILON, kind: index % 2 === 0 ? 'sign' : 'uniform', shape, seedName: `r${index}`, random })));
  return [...blends, ...noises, ...waves, ...colors, ...warps];
}

/**
 * The changes tried on every model, in the order in which they are tried: whole-image changes and random patches first,
 * because they are few and also say how the model takes random changes. Same shape and source of chance, same library.
 */
export function triggerLibrary(shape: ImageShape, random: RandomSource): readonly TriedTrigger[] {
  const fits = Math.min(shape.height, shape.width) >= 3;
  return [
    ...(fits ? wholeImageTriggers(shape, random) : []),
    ...(fits ? randomPatches(shape, random) : []),
    ...(fits ? structuredPatches(shape) : []),
  ];
}
