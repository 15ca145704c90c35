import { ridgeLogistic, type RidgeLogistic } from '../../decompositions/ridge-logistic.ts';
import { traceFeatures } from '../../poisoning/trace-features.ts';
import type { RandomSource } from '../../statistics/random.ts';
import { blendTrigger, noisePicture, smoothPicture } from '../../triggers/blend.ts';
import { sinusoidTrigger } from '../../triggers/sinusoid.ts';
import type { ImageShape, Trigger } from '../../triggers/trigger.ts';
import { warpTrigger } from '../../triggers/warp.ts';

/** Ways of altering an image whose traces are taught, each in a classifier of its own. */
export const ALTERATIONS = ['warp', 'blend', 'sinusoid'] as const;
export type Alteration = (typeof ALTERATIONS)[number];

/** Images altered by the same drawn trigger: many triggers, so that what is learned is the way and not the one trigger. */
const IMAGES_A_TRIGGER = 20;

/** As C = 0.1 of scikit-learn: a hundred correlated columns and a thousand rows. */
const RIDGE = 10;

/**
 * Parts that the classes are dealt into: a class is also judged by what was taught without its part, because a class that holds altered images teaches that these are plain.
 * More parts leave more to learn from and take longer.
 */
const PARTS = 5;

export interface PlainImage {
  readonly pixels: Uint8Array;
  readonly label: number | undefined;
}

export interface TaughtAlteration {
  readonly alteration: Alteration;
  /** Log odds that an image was altered so, given its trace features: what all classes taught. */
  logOdds(values: Float32Array, at: number): number;
  /** The same, taught without the class the image is in. */
  logOddsApart(values: Float32Array, at: number, label: number): number;
}

/** Alters some of the dataset's own images and learns to tell them from what they were. */
export function teach(images: readonly PlainImage[], shape: ImageShape, random: (label: string) => RandomSource): readonly TaughtAlteration[] {
  const features = traceFeatures(shape);
  const { count: columns } = features;
  const size = shape.channels * shape.height * shape.width;
  const plain = new Float32Array(images.length * columns);
  images.forEach(({ pixels }, row) => features.measure(pixels, plain, row * columns));
  const kept = Array.from({ length: PARTS }, (_, part) => images.flatMap(({ label }, row) => (label !== undefined && label % PARTS === part ? [] : [row])));
  return ALTERATIONS.map((alteration) => {
    const draw = random(`teaching ${alteration}`);
    const altered = new Float32Array(images.length * columns);
    for (let from = 0; from < images.length; from += IMAGES_A_TRIGGER) {
      const group = images.slice(from, from + IMAGES_A_TRIGGER);
      const batch = new Float32Array(group.length * size);
      group.forEach(({ pixels }, at) => batch.set(Float32Array.from(pixels, (value) => value / 255), at * size));
      const changed = drawTrigger(alteration, shape, draw).apply(batch, group.length, shape);
      group.forEach((_, at) => {
        const bytes = Uint8Array.from(changed.subarray(at * size, (at + 1) * size), (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
        features.measure(bytes, altered, (from + at) * columns);
      });
    }
    const models = kept.map((rows) => (rows.length === 0 ? undefined : taughtBy(rows, plain, altered, columns)));
    const whole = taughtBy(images.map((_, row) => row), plain, altered, columns);
    return { alteration, logOddsApart: (values, at, label) => models[label % PARTS]?.logOdds(values, at) ?? 0, logOdds: (values, at) => whole.logOdds(values, at) };
  });
}

function taughtBy(rows: readonly number[], plain: Float32Array, altered: Float32Array, columns: number): RidgeLogistic {
  const table = new Float32Array(2 * rows.length * columns);
  for (const [kind, source] of [plain, altered].entries()) {
    for (const [at, row] of rows.entries()) table.set(source.subarray(row * columns, (row + 1) * columns), (kind * rows.length + at) * columns);
  }
  return ridgeLogistic(table, columns, Array.from({ length: 2 * rows.length }, (_, at) => at >= rows.length), RIDGE);
}

/** Strengths as in the literature and somewhat below: warps of half a pixel to a pixel and a half, 5 to 20 % of a picture, waves of 0.04 to 0.14. */
function drawTrigger(alteration: Alteration, shape: ImageShape, random: RandomSource): Trigger {
  if (alteration === 'warp') return warpTrigger({ cells: 3 + random.integer(4), pixels: 0.5 + random.uniform(), seedName: 'taught', random });
  if (alteration === 'sinusoid') {
    const direction = (['horizontal', 'vertical', 'diagonal'] as const)[random.integer(3)] ?? 'horizontal';
    return sinusoidTrigger({ delta: 0.04 + 0.1 * random.uniform(), frequency: 3 + random.integer(7), direction });
  }
  const picture = random.uniform() < 0.5 ? noisePicture(shape, random) : smoothPicture(shape, 6, random);
  return blendTrigger({ picture, alpha: 0.05 + 0.15 * random.uniform(), pictureName: 'taught' });
}
