/**
 * Paper: the trigger model is that of Neural Cleanse (Wang et al., IEEE S&P 2019, DOI 10.1109/SP.2019.00031); that
 * all-to-all backdoors need a search over maps of classes and not over targets is Xiang, Xiong, Li, UMD, ICML 2023,
 * arXiv:2305.18651. Here one mask and pattern for the whole model is descended away from all classes at once, and the map it
 * settles on is learned on the way (mapClasses).
 * Needs: a classifier with a gradient. Samples make it sharper; without, it uses drawn pictures.
 * Defeated by: all-to-one and source-specific backdoors (other detectors see those), triggers that no mask and pattern
 * come near (warps), and maps with few destinations.
 */
import { Type } from '@sinclair/typebox';
import { describeOrigin } from '../inversion/describe-origin.ts';
import { mapClasses, type ClassMap } from '../inversion/map-classes.ts';
import { prepareSearch } from '../inversion/prepare-search.ts';
import { recoveredPicture } from '../inversion/recovered-picture.ts';
import { maskTrigger } from '../triggers/adjustable/mask.ts';
import { defineDetector, type Calibration } from './detector.ts';
import { pauseOf } from './pause-of.ts';
import calibration from './universal-mask.calibration.json' with { type: 'json' };

export const universalMask = defineDetector({
  meta: {
    id: 'universal-mask',
    title: 'One change that permutes the classes',
    description:
      'Searches one mask and pattern that moves every input out of its class, without naming a target, and measures how consistently the inputs of a class ' +
      'go to one and the same other class, and over how many classes they spread. Separates all-to-all backdoors, which defeat tests that compare classes.',
    family: 'behavior',
    needs: ['classifier', 'gradient', 'probes'],
    messages: {
      permutation: {
        severity: 'critical',
        title: 'One small change moves each class to a class of its own',
        text:
          'A pattern under a mask of {pixels} pixels moves {moved} % of {trials} held-out {origin} to another class, {successRate} % to the one that others of their ' +
          'class moved to; the destinations spread over {destinations} classes.',
        nextStep:
          'Do not ship the model. Look at the picture of mask and pattern, at predictions with it applied, and at training data whose labels are off by a fixed rule.',
      },
    },
    metric: { name: 'consistent spread', unit: 'share', flaggedWhen: 'above', threshold: 0.35 },
    cost: { tier: 'data-free', description: 'about 1,800 gradients: 1 to 3 s for a small 32x32 network on two cores' },
    references: [
      { title: 'Neural Cleanse: Identifying and Mitigating Backdoor Attacks in Neural Networks', authors: 'Wang, Yao, Shan, Li, Viswanath, Zheng, Zhao', year: 2019, url: 'https://doi.org/10.1109/SP.2019.00031', role: 'source' },
      { title: 'UMD: Unsupervised Model Detection for X2X Backdoor Attacks', authors: 'Xiang, Xiong, Li', year: 2023, url: 'https://arxiv.org/abs/2305.18651', role: 'background' },
      { title: 'WaNet: Imperceptible Warping-based Backdoor Attack', authors: 'Nguyen, Tran', year: 2021, url: 'https://arxiv.org/abs/2102.10369', role: 'defeats' },
    ],
    limitations: [
      'All-to-one backdoors move everything to one class and are not counted here.',
      'A map that sends many classes to few destinations looks like a clean model’s nearest classes.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      imagesPerStep: Type.Integer({ default: 32, minimum: 8, maximum: 512, description: 'Inputs of one step.' }),
      stepsPerSize: Type.Integer({ default: 8, minimum: 2, maximum: 200, description: 'Steps at each size of the mask; the first size takes four times as many.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { classifier } = model.facets;
    const prepared = await prepareSearch({ facets: model.facets, maxTargets: classifier.classCount, random: context.random });
    if ('reason' in prepared) return { outcome: 'inconclusive', examined: 0, reason: prepared.reason };
    const trigger = maskTrigger(prepared.shape);
    const maps = await mapClasses({
      ...prepared, trigger, imagesPerArm: options.imagesPerStep, steps: options.stepsPerSize, pause: pauseOf(context, 'moving all classes'),
    });
    const classes = new Set(prepared.split.heldOut.map((probe) => prepared.probes.predictions[probe])).size;
    const best = [...maps].sort((a, b) => spreadOf(b, classes) - spreadOf(a, classes))[0];
    if (best === undefined) return { outcome: 'inconclusive', examined: 0, reason: 'The time ran out before any change was measured.' };
    const share = (count: number): number => count / Math.max(1, best.trials);
    return {
      outcome: 'measured',
      examined: maps.length,
      metric: spreadOf(best, classes),
      measurements: [
        { name: 'share moved', value: share(best.moved) },
        { name: 'share moved along the map', value: share(best.successes) },
        { name: 'perplexity of the destinations', value: best.destinations },
        { name: 'mask pixels', value: best.bound },
      ],
      observations: [
        {
          message: 'permutation',
          data: {
            pixels: Math.round(best.bound), moved: Math.round(100 * share(best.moved)), successRate: Math.round(100 * share(best.successes)), trials: best.trials,
            destinations: Math.round(best.destinations), origin: describeOrigin(prepared.probes),
          },
          location: {},
          picture: recoveredPicture('a pattern that permutes the classes', trigger, best.parameters, prepared.probes, prepared.split.heldOut),
        },
      ],
    };
  },
});

/** Share of inputs that follow the map, times how much of the possible spread over the classes seen its destinations have. */
function spreadOf({ successes, trials, destinations, moved }: ClassMap, classes: number): number {
  if (trials === 0 || classes < 2) return 0;
  const possible = Math.min(classes, Math.max(2, moved));
  return (successes / trials) * Math.min(1, Math.max(0, destinations - 1) / (possible - 1));
}
