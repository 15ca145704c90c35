/**
 * Paper: Zeng, Park, Mao, Jia, Rethinking the Backdoor Attacks' Triggers: A Frequency Perspective, ICCV 2021, arXiv:2104.03413: triggers leave
 * marks in the spectrum that natural images do not have; with the spectral signature of a subgroup (Tran, Li, Madry, Spectral Signatures in Backdoor
 * Attacks, NeurIPS 2018, arXiv:1811.00636) taken from the images themselves instead of a network's features.
 * Needs: a dataset of images; no model.
 * Defeated by: triggers that are different in every image (Nguyen and Tran, Input-Aware Dynamic Backdoor Attack, 2020, arXiv:2010.08138), patches in random
 * places, warps, and patterns as smooth as the images (the smooth triggers of arXiv:2104.03413).
 */
import { Type } from '@sinclair/typebox';
import { openImageFrames } from '../poisoning/open-image-frames.ts';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { className } from './class-name.ts';
import { defineDetector, type Calibration } from './detector.ts';
import calibration from './shared-patch.calibration.json' with { type: 'json' };
import { findPatterns, MINIMUM_CLASS, type ClassPattern } from './shared-patch/find-patterns.ts';
import { scorePatterns } from './shared-patch/score-patterns.ts';

/** Clean sets reach 27, sets with a pattern that recurs at least 33 (docs/detectors/shared-patch.md). */
const THRESHOLD = 30;

export const sharedPatch = defineDetector({
  meta: {
    id: 'shared-patch',
    title: 'A pattern that recurs in one class and nowhere else',
    description:
      'Looks in every class for a part whose images share a patch, a blended picture or a wave that images of other classes do not have. One half of the class proposes ' +
      'patterns and the other half judges them, so that what is found has to recur. No model is needed.',
    family: 'dataset',
    needs: ['dataset'],
    sampleKinds: ['image'],
    messages: {
      'recurring-pattern': {
        severity: 'high',
        title: 'Some samples of one class share a pattern that other classes do not have',
        text: 'About {count} samples of {class} ({share} of it) share a pattern in their {view} that other classes do not have: {distance} deviations away from them, and {separation} deviations from the rest of the class.',
        nextStep: 'Look at the most suspicious samples for something they share, and at where they came from. Leave them out of training until that is explained.',
      },
    },
    metric: { name: 'pattern strength', unit: 'deviations squared', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'two passes over the images and a decomposition a class: 4 s for 2,500 images of 3x32x32 on one core' },
    references: [
      { title: "Rethinking the Backdoor Attacks' Triggers: A Frequency Perspective", authors: 'Zeng, Park, Mao, Jia', year: 2021, url: 'https://arxiv.org/abs/2104.03413', role: 'source' },
      { title: 'Spectral Signatures in Backdoor Attacks', authors: 'Tran, Li, Madry', year: 2018, url: 'https://arxiv.org/abs/1811.00636', role: 'source' },
      { title: 'Input-Aware Dynamic Backdoor Attack', authors: 'Nguyen, Tran', year: 2020, url: 'https://arxiv.org/abs/2010.08138', role: 'defeats' },
    ],
    limitations: [
      'A pattern that is in another place or of another kind in every image does not recur.',
      'Warps and smooth pictures mixed in are not seen; frequency-artifacts looks for those.',
      'In a class of nearly identical, aligned pictures the mislabelled ones stand out the same way.',
      'Images larger than 64 pixels a side are averaged down first, which hides patterns of single pixels.',
      'A class with two natural kinds of images that differ in fine detail (two cameras, two scanners) looks the same as a planted one.',
    ],
    lifecycle: 'experimental',
    since: '0.2.0',
  },
  options: Type.Object(
    { imagesPerClass: Type.Integer({ default: 240, minimum: MINIMUM_CLASS, maximum: 5000, description: 'Images of a class that patterns are learned from; all are scored.' }) },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { dataset } = model.facets;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    const frames = await openImageFrames(dataset, context);
    if (typeof frames === 'string') return inconclusive(frames);
    const patterns = await findPatterns(frames, dataset.classNames.length, dataset.count, options.imagesPerClass, context);
    if (patterns === 'out of time') return inconclusive('The time ran out before all classes were looked at.');
    const strongest = [...patterns].sort((a, b) => b.pattern.strength - a.pattern.strength);
    const [first] = strongest;
    if (first === undefined) return inconclusive(`No class has the ${String(MINIMUM_CLASS)} different images that are needed to tell a pattern from chance.`);
    const scored = await scorePatterns(frames, strongestOfClass(strongest), THRESHOLD, dataset.count, context);
    if (scored === 'out of time') return inconclusive('The time ran out before all images were scored.');

    const reported = strongestOfClass(strongest).filter(({ pattern }) => pattern.strength > THRESHOLD);
    const observe = ({ label, view, pattern }: ClassPattern) => {
      const count = scored.suspects.filter((index) => scored.labels[index] === label).length;
      return {
        message: 'recurring-pattern' as const,
        data: {
          class: className(dataset.classNames, label), count, view,
          share: `${String(Math.round((100 * count) / Math.max(1, dataset.classCounts[label] ?? 1)))} %`,
          distance: pattern.distance, separation: pattern.separation,
        },
        location: { targetClass: label },
      };
    };
    return {
      outcome: 'measured',
      examined: scored.ids.length,
      metric: first.pattern.strength,
      measurements: [
        { name: 'separation within the class', value: first.pattern.separation, location: { targetClass: first.label } },
        { name: 'distance from other classes', value: first.pattern.distance, location: { targetClass: first.label } },
        { name: 'suspected samples', value: scored.suspects.length },
      ],
      observations: [observe(first), ...reported.filter((one) => one !== first).map(observe)],
      sampleScores: sampleScores(scored.ids, scored.scores, scored.suspects, () => 'It carries a pattern that a part of its class shares and other classes do not have.'),
    };
  },
});

/** Sorted by strength, one a class. */
function strongestOfClass(sorted: readonly ClassPattern[]): readonly ClassPattern[] {
  return sorted.filter(({ label }, at) => sorted.findIndex((one) => one.label === label) === at);
}
