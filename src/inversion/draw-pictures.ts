import type { Classifier } from '../model/classifier.ts';
import type { RandomSource } from '../statistics/random.ts';
import { argmax } from '../statistics/softmax.ts';
import { imageSize, type ImageShape } from '../triggers/trigger.ts';
import { drawScene } from './draw-pictures/draw-scene.ts';
import { drawStrokes } from './draw-pictures/draw-strokes.ts';

/** Pictures that are kept; nearly as many as detectors use of given samples. */
const KEPT = 400;

/** Floats of all kept pictures together: 256 MiB (CWE-789). */
const MAX_VALUES = 2 ** 26;

/** Pictures that are drawn to choose from, as long as they stay below so many floats: drawing them takes two seconds. */
const DRAWN = 2048;
const MAX_DRAWN_VALUES = 2 ** 24;

/** Pictures in one call of the classifier. */
const BATCH = 64;

/** Share of the kept pictures that has to be of other classes than the commonest; below it the model does not tell them apart. */
const LEAST_OF_OTHERS = 0.2;

export interface DrawnPictures {
  readonly count: number;
  /** [count, channels, height, width] in [0, 1]. */
  readonly pixels: Float32Array;
  /** Whether enough of them have another class than most. */
  readonly areToldApart: boolean;
}

const KINDS: readonly ((shape: ImageShape, random: RandomSource) => Float32Array)[] = [drawScene, drawStrokes];

/**
 * Stand-ins for samples where there are none: scenes and strokes drawn by chance, of which those are kept that the model spreads over its classes as evenly as it
 * does any. They show nothing that the model knows, but they are ordinary pictures: unlike noise, they leave a network where it works on ordinary inputs, and a
 * trigger moves them as it moves samples.
 */
export async function drawPictures(classifier: Classifier, random: RandomSource): Promise<DrawnPictures> {
  const { channels, height, width } = classifier.input;
  const shape = { channels, height, width };
  const size = imageSize(shape);
  const most = Math.min(KEPT, Math.floor(MAX_VALUES / size));
  const drawn = Math.max(most, Math.min(DRAWN, Math.floor(MAX_DRAWN_VALUES / size)));
  const pictures: Float32Array[] = [];
  const byClass = new Map<number, number[]>();
  for (let from = 0; from < drawn; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, drawn - from) }, (_, at) => (KINDS[(from + at) % KINDS.length] as (typeof KINDS)[number])(shape, random));
    for (const label of await classesOf(classifier, batch)) {
      byClass.set(label, [...(byClass.get(label) ?? []), pictures.length]);
      pictures.push(batch[pictures.length - from] as Float32Array);
    }
  }
  const kept = inTurn([...byClass].sort(([a], [b]) => a - b).map(([, ofClass]) => ofClass), most);
  const pixels = new Float32Array(kept.length * size);
  kept.forEach((picture, at) => pixels.set(pictures[picture] as Float32Array, at * size));
  const commonest = Math.max(...[...byClass.values()].map((ofClass) => kept.filter((picture) => ofClass.includes(picture)).length));
  return { count: kept.length, pixels, areToldApart: commonest <= (1 - LEAST_OF_OTHERS) * kept.length };
}

/** Of each picture; -1 where an answer is not a number. */
async function classesOf(classifier: Classifier, pictures: readonly Float32Array[]): Promise<readonly number[]> {
  const pixels = new Float32Array(pictures.reduce((sum, one) => sum + one.length, 0));
  pictures.forEach((picture, at) => pixels.set(picture, at * picture.length));
  const { classCount } = classifier;
  const answers = await classifier.logits(pixels, pictures.length);
  return pictures.map((_, row) => argmax(answers.subarray(row * classCount, (row + 1) * classCount)) ?? -1);
}

/** One of each group after the other, until there are `most`. */
function inTurn(groups: readonly (readonly number[])[], most: number): readonly number[] {
  const chosen: number[] = [];
  for (let round = 0; chosen.length < most && groups.some((group) => group.length > round); round += 1) {
    chosen.push(...groups.flatMap((group) => group[round] ?? []));
  }
  return chosen.slice(0, most);
}
