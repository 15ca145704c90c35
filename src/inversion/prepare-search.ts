import type { Facets } from '../model/facets.ts';
import type { RandomSource } from '../statistics/random.ts';
import type { ImageShape } from '../triggers/trigger.ts';
import { chooseTargets } from './choose-targets.ts';
import { MINIMUM_HELD_OUT, type Search } from './search.ts';
import { splitProbes } from './split-probes.ts';

/** Below this nothing stands out: with two classes each is the only rival of the other. */
const MINIMUM_CLASSES = 3;

/** What a detector brings to a search. */
export interface SearchRequest {
  readonly facets: Pick<Facets, 'classifier' | 'gradient' | 'probes'>;
  /** Target classes tried at most; the others are said to be left out. */
  readonly maxTargets: number;
  random(label: string): RandomSource;
}

/** A search without its trigger and its pace. */
export type PreparedSearch = Omit<Search, 'trigger' | 'imagesPerArm' | 'steps' | 'pause'> & { readonly shape: ImageShape };

/** Loads the probes, splits them and chooses the targets; or says in a sentence why nothing can be compared. */
export async function prepareSearch({ facets, maxTargets, random }: SearchRequest): Promise<PreparedSearch | { readonly reason: string }> {
  const { classifier, gradient } = facets;
  if (classifier.input.kind !== 'image') return { reason: 'The triggers are changes of images, and this model takes vectors.' };
  const { classCount, input: { height, width } } = classifier;
  if (classCount < MINIMUM_CLASSES) return { reason: `The model has ${classCount} classes; ${MINIMUM_CLASSES} are needed to compare one with the others.` };
  if (height < 2 || width < 2) return { reason: `Images of ${height}×${width} pixels are too small for a trigger.` };
  const probes = await facets.probes.load();
  if (probes.predictions.includes(-1)) return { reason: 'The model answers some inputs with values that are not numbers.' };
  const split = splitProbes(probes, random('split'));
  if (split.heldOut.length < MINIMUM_HELD_OUT) {
    return { reason: `${probes.count} inputs are too few: ${MINIMUM_HELD_OUT} have to be left to measure on.` };
  }
  if (new Set(split.heldOut.map((probe) => probes.predictions[probe])).size < 2) {
    return { reason: 'The model gives all inputs one class, so nothing can be sent there.' };
  }
  const targets = await chooseTargets(classifier, probes, maxTargets, random('targets'));
  return { classifier, gradient, probes, split, targets, random: random('search'), shape: probes };
}
