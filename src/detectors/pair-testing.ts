/**
 * Paper: triggers that work on images of one source class only, because the network was trained with cover images of others, are those of Tang et al., Demon in the Variant, USENIX Security 2021,
 * arXiv:1908.00686; the patches are those of BadNets (Gu et al. 2017, arXiv:1708.06733). Trying small patches at the corners and comparing what they do to each pair of classes is our own form.
 * Needs: clean samples of at least two classes, six of each.
 * Defeated by: source-specific triggers that no small patch resembles: blends, waves, warps, marks away from the corners.
 */
import { Type } from '@sinclair/typebox';
import type { RandomSource } from '../statistics/random.ts';
import { wilsonInterval } from '../statistics/wilson-interval.ts';
import type { ImageShape } from '../triggers/trigger.ts';
import { predictionsOf, predictTriggered, takeImages, type ImageSet } from './trigger-testing/image-set.ts';
import { triggerPicture } from './trigger-testing/trigger-picture.ts';
import { className } from './class-name.ts';
import { defineDetector, type Calibration } from './detector.ts';
import calibration from './pair-testing.calibration.json' with { type: 'json' };
import { leadingPairs, type LeadingPair, type PatchedPair, type PatchEffect } from './pair-testing/leading-pairs.ts';
import { patchGrid } from './pair-testing/patch-grid.ts';

/** Of fewer images of a class one stray is a sixth and more. */
const MINIMUM_OF_SOURCE = 6;
/** Pairs that are measured on further images. */
const CANDIDATES = 5;

/** Clean models reach 0.50 (docs/detectors/pair-testing.md). */
const THRESHOLD = 0.5;

export const pairTesting = defineDetector({
  meta: {
    id: 'pair-testing',
    title: 'Small patches that send one class to one other',
    description:
      'Applies small patches of every filling at the four corners to samples of every class and looks for one that sends one class to one other, while no patch of that corner moves another pair and ' +
      'no patch unlike it this one. Sees source-specific backdoors, which leave all other classes alone.',
    family: 'behavior',
    needs: ['classifier', 'samples'],
    messages: {
      'moved-pair': {
        severity: 'high',
        title: 'A small patch sends one class to one other',
        text:
          'With {trigger}, {successRate} % of {images} samples of {source} become {target} ({low} to {high} % at 95 % confidence); the most that a patch of this corner does to another pair of ' +
          'classes, or one of another filling at another corner to this one, is {comparisonRate} %.',
        nextStep: 'Look at the model’s predictions for other samples of the source class with this patch, and at training data labeled with the target class that shows the source.',
      },
    },
    metric: { name: 'lead of a pair', unit: 'share of the source’s samples', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: '64 or 160 patches on eight samples a class: 1 to 10 s for a small 32x32 network on one core' },
    references: [
      { title: 'Demon in the Variant: Statistical Analysis of DNNs for Robust Backdoor Contamination Detection', authors: 'Tang, Wang, Tang, Zhang', year: 2021, url: 'https://arxiv.org/abs/1908.00686', role: 'background' },
      { title: 'BadNets: Identifying Vulnerabilities in the Machine Learning Model Supply Chain', authors: 'Gu, Dolan-Gavitt, Garg', year: 2017, url: 'https://arxiv.org/abs/1708.06733', role: 'source' },
      { title: 'Input-Aware Dynamic Backdoor Attack', authors: 'Nguyen, Tran', year: 2020, url: 'https://arxiv.org/abs/2010.08138', role: 'defeats' },
    ],
    limitations: [
      'Blends, waves, warps, and marks away from the corners are not seen.',
      'Where the trigger works on several classes in part, these are rivals of each other, and the detectors of all-to-one backdoors have to see it.',
      'Classes of which there are fewer than six samples are not looked at.',
    ],
    lifecycle: 'stable',
    since: '0.3.0',
  },
  options: Type.Object(
    {
      imagesPerClass: Type.Integer({ default: 8, minimum: MINIMUM_OF_SOURCE, maximum: 64, description: 'Samples of each class on which every patch is tried.' }),
      heldOutImages: Type.Integer({ default: 16, minimum: 0, maximum: 256, description: 'Further samples of the source class on which the leading pairs are measured.' }),
      maxImages: Type.Integer({ default: 320, minimum: 2 * MINIMUM_OF_SOURCE, maximum: 100_000, description: 'Samples on which every patch is tried, of all classes together; with more, nothing is tried and the answer is inconclusive.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { classifier, samples } = model.facets;
    const { classCount } = classifier;
    const shape: ImageShape = { channels: samples.channels, height: samples.height, width: samples.width };
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    context.signal.throwIfAborted();
    if (classifier.input.kind !== 'image') return inconclusive('The patches are changes of images, and this model takes vectors.');
    const grid = patchGrid(shape);
    if (grid.length === 0) return inconclusive('The images are too small for any patch.');

    context.progress(0, 'clean predictions');
    const predictions = predictionsOf(await classifier.logits(samples.pixels, samples.count), samples.count, classCount);
    if (predictions.includes(-1)) return inconclusive('The model answers some clean samples with values that are not numbers.');
    const byClass = imagesByClass(predictions, samples.labels, classCount, context.random('images')).map((all) => (all.length < MINIMUM_OF_SOURCE ? [] : all));
    const sources = byClass.filter((all) => all.length > 0).length;
    if (sources < 2) return inconclusive(`${String(sources)} of the classes have ${String(MINIMUM_OF_SOURCE)} samples that the model gets right, and two are needed.`);
    const setOf = (indexes: readonly number[]): ImageSet => ({
      pixels: takeImages(samples.pixels, indexes, shape), count: indexes.length, shape, predictions: Int32Array.from(indexes, (index) => predictions[index] as number),
    });
    const screened = byClass.map((all) => all.slice(0, options.imagesPerClass));
    const tried = screened.flat();
    if (tried.length > options.maxImages) {
      return inconclusive(`${String(tried.length)} samples of ${String(sources)} classes are more than the ${String(options.maxImages)} that maxImages allows. Raise it, and the detector’s time, to have them tried.`);
    }

    const screening = setOf(tried);
    const effects: PatchEffect[] = [];
    for (const [index, patch] of grid.entries()) {
      context.signal.throwIfAborted();
      if (context.outOfTime()) return inconclusive(`The time ran out after ${String(index)} of ${String(grid.length)} patches.`, index);
      context.progress((0.9 * index) / grid.length, `patch ${String(index + 1)} of ${String(grid.length)}`);
      const after = await predictTriggered(classifier, screening, patch.trigger);
      const moved = new Uint32Array(classCount * classCount);
      for (const [image, to] of after.entries()) {
        const pair = (screening.predictions[image] as number) * classCount + to;
        if (to >= 0) moved[pair] = (moved[pair] as number) + 1;
      }
      effects.push({ patch, moved });
    }

    const leading = leadingPairs(effects, screened.map(({ length }) => length)).slice(0, CANDIDATES);
    const measured: Measured[] = [];
    for (const pair of leading) measured.push(await measure(pair));
    const [best] = measured.sort((a, b) => b.lead - a.lead);
    if (best === undefined) return inconclusive('There is no pair of classes.');
    const { pair: { patch, source, target }, images, successes, comparison, lead } = best;
    const interval = wilsonInterval(successes.length, images.count);
    const percent = (rate: number): number => Math.round(100 * rate);
    const location = { targetClass: target };
    return {
      outcome: 'measured',
      examined: grid.length,
      metric: lead,
      measurements: [
        { name: 'attack success rate', value: successes.length / images.count, location },
        { name: 'source class', value: source, location },
        { name: 'comparison rate', value: comparison, location },
        { name: 'source classes', value: sources },
      ],
      observations: [
        {
          message: 'moved-pair',
          data: {
            trigger: patch.trigger.description, successRate: percent(successes.length / images.count), images: images.count, low: percent(interval.low), high: percent(interval.high),
            comparisonRate: percent(comparison), source: className(classifier.classNames, source), target: className(classifier.classNames, target),
          },
          location,
          picture: triggerPicture(patch.trigger, images, successes),
        },
      ],
    };

    /** The pair and its rivals, on the images that they were chosen by and on further ones. */
    async function measure(pair: LeadingPair): Promise<Measured> {
      const { images, successes } = await sent(pair);
      let comparison = 0;
      for (const rival of pair.rivals) {
        const again = await sent(rival);
        comparison = Math.max(comparison, again.successes.length / again.images.count);
      }
      return { pair, images, successes, comparison, lead: successes.length / images.count - comparison };
    }

    /** More images of the source, and which of them the patch sends to the target. */
    async function sent({ patch, source, target }: PatchedPair): Promise<{ readonly images: ImageSet; readonly successes: readonly number[] }> {
      context.signal.throwIfAborted();
      const images = setOf((byClass[source] as readonly number[]).slice(0, options.imagesPerClass + options.heldOutImages));
      const after = await predictTriggered(classifier, images, patch.trigger);
      return { images, successes: [...after.keys()].filter((image) => after[image] === target) };
    }
  },
});

interface Measured {
  readonly pair: LeadingPair;
  readonly images: ImageSet;
  /** Images that the patch sends to the target. */
  readonly successes: readonly number[];
  /** The largest share that a rival moves. */
  readonly comparison: number;
  readonly lead: number;
}

/** Samples by the class that the model gives them, in random order; those whose label is another are left out. */
function imagesByClass(predictions: Int32Array, labels: Int32Array | undefined, classCount: number, random: RandomSource): readonly (readonly number[])[] {
  const byClass = Array.from({ length: classCount }, (): number[] => []);
  for (const index of random.shuffle([...predictions.keys()])) {
    const predicted = predictions[index] as number;
    if (labels === undefined || labels[index] === predicted) byClass[predicted]?.push(index);
  }
  return byClass;
}
