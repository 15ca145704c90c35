import type { Classifier } from '../../model/classifier.ts';
import type { DatasetFacet } from '../../model/dataset.ts';
import type { DetectContext } from '../detector.ts';
import { isOfModel, type Copies } from '../kept-labels/ask-of-copies.ts';

/** Samples of each class that are kept to be laid over others; one that carries a trigger is then one of several. */
const KEPT_A_CLASS = 16;

/** Classes they are kept of, the first that come. */
const MAX_CLASSES = 256;

/** Of large images fewer are kept, so that all of them together take no more than this. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * Copies with another sample of the dataset laid over each: the sum of the two, cut off at white. What is laid over is drawn at random, of one
 * class after the other, so that no class is favored; that the class is now and then the sample's own makes one copy in many.
 */
export async function overlaysOf(dataset: DatasetFacet, classifier: Classifier, number: number, context: DetectContext): Promise<Copies> {
  const { input, classCount } = classifier;
  const size = input.channels * input.height * input.width;
  const keptAClass = Math.max(1, Math.min(KEPT_A_CLASS, Math.floor(MAX_BYTES / (size * Math.min(classCount, MAX_CLASSES)))));
  const byClass = new Map<number, { seen: number; readonly kept: Uint8Array[] }>();
  const random = context.random('overlays');
  for await (const sample of dataset.samples(context.signal)) {
    const { label, content } = sample;
    if (label === undefined || content.kind !== 'image' || !isOfModel(sample, classifier)) continue;
    if (!byClass.has(label) && byClass.size >= MAX_CLASSES) continue;
    const ofClass = byClass.get(label) ?? { seen: 0, kept: [] };
    byClass.set(label, ofClass);
    ofClass.seen += 1;
    // Reservoir sampling (Vitter 1985): all of a class have the same chance.
    const place = ofClass.kept.length < keptAClass ? ofClass.kept.length : random.integer(ofClass.seen);
    if (place < keptAClass) ofClass.kept[place] = Uint8Array.from(content.pixels);
  }
  const classes = random.shuffle([...byClass.values()]);
  return {
    number,
    make(pixels, count, copy) {
      const laid = pixels.slice();
      for (let image = 0; image < count; image += 1) {
        const { kept } = classes[(image + copy) % classes.length] as (typeof classes)[number];
        const overlay = kept[random.integer(kept.length)] as Uint8Array;
        for (let at = 0; at < size; at += 1) laid[image * size + at] = Math.min(1, (laid[image * size + at] as number) + (overlay[at] as number) / 255);
      }
      return laid;
    },
  };
}
