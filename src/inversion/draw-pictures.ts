import type { Classifier } from '../model/classifier.ts';
import { entropy } from '../statistics/entropy.ts';
import type { RandomSource } from '../statistics/random.ts';
import { argmax } from '../statistics/softmax.ts';
import { imageSize, type ImageShape } from '../triggers/trigger.ts';
import { drawScene } from './draw-pictures/draw-scene.ts';
import { drawStrokes } from './draw-pictures/draw-strokes.ts';

/** Pictures that are made; as many as detectors use of given samples, or nearly. */
const COUNT = 400;

/** Floats of all pictures together: 256 MiB (CWE-789). */
const MAX_VALUES = 2 ** 26;

/** Pictures of each kind that the model is shown to choose the kind. */
const TRIED = 100;

/** Pictures in one call of the classifier. */
const BATCH = 64;

/** Share of the pictures that the commonest class may have; beyond it the model does not tell them apart. */
const MOST_OF_ONE_CLASS = 0.95;

export interface DrawnPictures {
  readonly count: number;
  /** [count, channels, height, width] in [0, 1]. */
  readonly pixels: Float32Array;
  /** Whether some of them have another class than most. */
  readonly areToldApart: boolean;
}

const KINDS: readonly ((shape: ImageShape, random: RandomSource) => Float32Array)[] = [drawScene, drawStrokes];

/**
 * Stand-ins for samples where there are none: pictures drawn by chance, of the kind (scenes, strokes) that the model spreads most evenly over its classes. They
 * show nothing that the model knows, but they are ordinary pictures: unlike noise, they leave a network where it works on ordinary inputs, and a trigger moves them
 * as it moves samples. */
export async function drawPictures(classifier: Classifier, random: RandomSource): Promise<DrawnPictures> {
  const { channels, height, width } = classifier.input;
  const shape = { channels, height, width };
  const count = Math.min(COUNT, Math.floor(MAX_VALUES / imageSize(shape)));
  const tried: { readonly draw: (typeof KINDS)[number]; readonly pictures: readonly Float32Array[]; readonly shares: readonly number[] }[] = [];
  for (const draw of KINDS) {
    const pictures = Array.from({ length: Math.min(TRIED, count) }, () => draw(shape, random));
    tried.push({ draw, pictures, shares: await classShares(classifier, pictures) });
  }
  const best = tried.reduce((most, one) => (entropy(one.shares) > entropy(most.shares) ? one : most));
  const pixels = new Float32Array(count * imageSize(shape));
  for (let picture = 0; picture < count; picture += 1) pixels.set(best.pictures[picture] ?? best.draw(shape, random), picture * imageSize(shape));
  return { count, pixels, areToldApart: best.shares.length > 0 && Math.max(...best.shares) <= MOST_OF_ONE_CLASS };
}

/** Of the pictures, by the class the model gives them; one number less where answers are not numbers. */
async function classShares(classifier: Classifier, pictures: readonly Float32Array[]): Promise<readonly number[]> {
  const { classCount } = classifier;
  const counts = new Map<number, number>();
  for (let from = 0; from < pictures.length; from += BATCH) {
    const batch = pictures.slice(from, from + BATCH);
    const pixels = new Float32Array(batch.reduce((sum, one) => sum + one.length, 0));
    batch.forEach((picture, at) => pixels.set(picture, at * picture.length));
    const logits = await classifier.logits(pixels, batch.length);
    batch.forEach((_, row) => {
      const label = argmax(logits.subarray(row * classCount, (row + 1) * classCount));
      if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
    });
  }
  return [...counts.values()].map((number) => number / pictures.length);
}
