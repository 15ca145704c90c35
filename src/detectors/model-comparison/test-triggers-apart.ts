import type { Classifier } from '../../model/classifier.ts';
import type { Probes } from '../../model/probes.ts';
import type { RandomSource } from '../../statistics/random.ts';
import type { Trigger } from '../../triggers/trigger.ts';
import { predictTriggered, takeImages, type ImageSet } from '../trigger-testing/image-set.ts';
import { selectImages } from '../trigger-testing/select-images.ts';
import { MINIMUM_HELD_OUT, testTriggers, type TestedTriggers } from '../trigger-testing/test-triggers.ts';
import { triggerLibrary } from '../trigger-testing/trigger-library.ts';

/** As many images as adversarial-testing takes, and for the same reasons. */
const SCREENING_IMAGES = 32;
const HELD_OUT_IMAGES = 96;
const CANDIDATES = 5;
const REFINEMENTS = 2;

export interface TwoVersions {
  readonly earlier: Classifier;
  readonly later: Classifier;
  /** With the later version's predictions. */
  readonly probes: Probes;
  /** The earlier version's. */
  readonly before: Int32Array;
  random(label: string): RandomSource;
  pause(share: number): 'go on' | 'stop';
}

export type TestedApart = TestedTriggers & { readonly heldOut: ImageSet };

/**
 * Applies a library of triggers to images on which both versions agree, and counts what the later version answers beyond
 * the earlier one: an answer that the earlier version gives as well, or that nothing changed, counts as no move. What
 * every version of a task gives in to is so taken out, image by image. Undefined when too few images are left.
 */
export async function testTriggersApart({ earlier, later, probes, before, random, pause }: TwoVersions): Promise<TestedApart | undefined> {
  const { classCount } = later;
  const agreed = [...before.keys()].filter((probe) => before[probe] === probes.predictions[probe]);
  const predictions = Int32Array.from(agreed, (probe) => before[probe] as number);
  const chosen = selectImages(predictions, undefined, { screening: SCREENING_IMAGES, heldOut: HELD_OUT_IMAGES }, random('trigger images'));
  const setOf = (indexes: readonly number[]): ImageSet => ({
    pixels: takeImages(probes.pixels, indexes.map((index) => agreed[index] as number), probes), count: indexes.length, shape: probes, predictions: Int32Array.from(indexes, (index) => predictions[index] as number),
  });
  const [screening, heldOut] = [setOf(chosen.screening), setOf(chosen.heldOut)];
  if (heldOut.count < MINIMUM_HELD_OUT || new Set(screening.predictions).size < 2 || new Set(heldOut.predictions).size < 2) return undefined;

  const predict = async (images: ImageSet, trigger: Trigger): Promise<Int32Array> => {
    const after = await predictTriggered(later, images, trigger);
    const old = await predictTriggered(earlier, images, trigger);
    return after.map((label, image) => (label === old[image] ? (images.predictions[image] as number) : label));
  };
  const tested = await testTriggers({
    classCount, screening, heldOut, library: triggerLibrary(probes, random('trigger library')), candidates: CANDIDATES, refinements: REFINEMENTS, random: random('trigger neighbors'), predict, pause,
  });
  return { ...tested, heldOut };
}
