/**
 * Paper: Xiang, Miller, Kesidis, Detection of Backdoors in Trained Classifiers Without Access to the Training Set, IEEE TNNLS
 * 2020, arXiv:1908.10498: a backdoor is looked for pair of classes by pair of classes, since its trigger may work on one
 * source class alone. Their additive perturbation and p-value of its norm are replaced by mask and pattern (Neural Cleanse,
 * Wang et al. 2019, DOI 10.1109/SP.2019.00031) that are taken away step by step, and by how far one pair is ahead of the
 * source's other targets and of the target's other sources.
 * Needs: a classifier with a gradient and samples, nine of a class at least.
 * Defeated by: triggers larger than about 16 pixels of 1000, blends and other additive triggers, and tasks in which classes differ
 * by small marks, such as road signs: there natural neighbors are as near as the planted pair.
 */
import { Type } from '@sinclair/typebox';
import { invertPairs, MINIMUM_OF_SOURCE, sourcesOf } from '../inversion/invert-pairs.ts';
import { rateOf } from '../inversion/outcome-of.ts';
import { pairLeadOf } from '../inversion/pair-lead-of.ts';
import { prepareSearch } from '../inversion/prepare-search.ts';
import { recoveredPicture } from '../inversion/recovered-picture.ts';
import { maskTrigger } from '../triggers/adjustable/mask.ts';
import { className } from './class-name.ts';
import { defineDetector } from './detector.ts';
import { pauseOf } from './pause-of.ts';

export const pairInversion = defineDetector({
  meta: {
    id: 'pair-inversion',
    title: 'Trigger inversion for every pair of classes',
    description:
      'Recovers, for every pair of a source and a target class, a small mask and pattern that sends the source to the target, and measures how far one pair is ahead ' +
      'of the source’s other targets and of the target’s other sources while the mask shrinks. Sees source-specific backdoors, which leave all other classes alone.',
    family: 'behavior',
    needs: ['classifier', 'gradient', 'probes', 'samples'],
    messages: {
      'recovered-pair': {
        severity: 'high',
        title: 'A recovered trigger sends one class to one other',
        text:
          'A pattern under a mask of {pixels} pixels sends {successRate} % of {trials} held-out samples of {source} to {target}; it keeps {retention} % of the margin that larger ' +
          'masks have, and is ahead of every other target of the one and every other source of the other (evidence {evidence}).',
        nextStep:
          'Look at the picture of mask and pattern: a stroke that makes the one class the other is natural, a mark beside the object is not. Look at training data labeled with the target class that shows the source.',
      },
    },
    metric: { name: 'evidence of a pair', unit: 'share', flaggedWhen: 'above', threshold: 0.25 },
    cost: { tier: 'samples', description: 'about 600 gradients a pair of classes, 90 pairs for ten classes: 15 to 90 s for a small 32x32 network on two cores' },
    references: [
      { title: 'Detection of Backdoors in Trained Classifiers Without Access to the Training Set', authors: 'Xiang, Miller, Kesidis', year: 2020, url: 'https://arxiv.org/abs/1908.10498', role: 'source' },
      { title: 'Neural Cleanse: Identifying and Mitigating Backdoor Attacks in Neural Networks', authors: 'Wang, Yao, Shan, Li, Viswanath, Zheng, Zhao', year: 2019, url: 'https://doi.org/10.1109/SP.2019.00031', role: 'source' },
      { title: 'Input-Aware Dynamic Backdoor Attack', authors: 'Nguyen, Tran', year: 2020, url: 'https://arxiv.org/abs/2010.08138', role: 'defeats' },
    ],
    limitations: [
      'Triggers larger than about 16 pixels of 1000, blends, waves and warps are not seen.',
      'Where classes differ by small marks, natural neighbors are as near as a planted pair, which is then not seen.',
      'The pairs of more than twelve classes are not searched unless maxPairs allows it: time grows with the square of the classes.',
    ],
    lifecycle: 'experimental',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      maxPairs: Type.Integer({ default: 132, minimum: 6, maximum: 100_000, description: 'Pairs of classes that are searched; with more, nothing is and the answer is inconclusive.' }),
      imagesPerStep: Type.Integer({ default: 6, minimum: 2, maximum: 64, description: 'Samples of the source a pair sees in one step.' }),
      stepsPerSize: Type.Integer({ default: 10, minimum: 2, maximum: 200, description: 'Steps at each size of the mask; the first size takes 2.4 times as many.' }),
    },
    { additionalProperties: false },
  ),

  async detect(model, options, context) {
    const { classifier } = model.facets;
    const inconclusive = (reason: string) => ({ outcome: 'inconclusive' as const, examined: 0, reason });
    const prepared = await prepareSearch({ facets: model.facets, maxTargets: classifier.classCount, random: context.random });
    if ('reason' in prepared) return inconclusive(prepared.reason);
    const sources = sourcesOf(prepared);
    if (sources.length < 2) return inconclusive(`Only ${sources.length} classes have the ${MINIMUM_OF_SOURCE} samples that a search from them needs.`);
    const count = sources.length * (classifier.classCount - 1);
    if (count > options.maxPairs) {
      return inconclusive(`${count} pairs of classes are more than the ${options.maxPairs} that maxPairs allows. Raise it, and the detector’s time, to have them searched.`);
    }
    const trigger = maskTrigger(prepared.shape);
    const pairs = await invertPairs({ ...prepared, sources, trigger, imagesPerArm: options.imagesPerStep, steps: options.stepsPerSize, pause: pauseOf(context, 'inverting pairs of classes') });
    if (pairs === undefined) return inconclusive('The time ran out before the smallest masks were reached.');
    const found = pairLeadOf(pairs, prepared.probes.clearance);
    if (found === undefined) return inconclusive('No class has two targets that could be compared.');

    const { pair, lead, retention, evidence } = found;
    const outcome = pair.outcomes.at(-1);
    const [source, target] = [className(classifier.classNames, pair.source), className(classifier.classNames, pair.target)];
    const location = { targetClass: pair.target };
    return {
      outcome: 'measured',
      examined: pairs.length,
      metric: evidence,
      measurements: [
        { name: 'attack success rate', value: rateOf(outcome), location },
        { name: 'source class', value: pair.source, location },
        { name: 'lead of the pair', value: lead, location },
        { name: 'retained margin', value: retention, location },
      ],
      observations: [
        {
          message: 'recovered-pair',
          data: {
            pixels: Math.round(pair.bound), successRate: Math.round(100 * rateOf(outcome)), trials: pair.heldOut.length, source, target,
            retention: Math.round(100 * retention), evidence: Number(evidence.toFixed(2)),
          },
          location,
          picture: recoveredPicture(`a pattern that sends ${source} to ${target}`, trigger, pair.parameters, prepared.probes, pair.heldOut),
        },
      ],
    };
  },
});
