/**
 * Paper: Wang, Zhang, Liu, Chen, Xiong, Wang, Practical Detection of Trojan Neural Networks: Data-Limited and Data-Free
 * Cases, ECCV 2020, arXiv:2007.15802: a backdoor is a shortcut, so the smallest universal perturbation that leads to its
 * target is smaller than those that lead to other classes. Universal perturbations: Moosavi-Dezfooli et al. 2017,
 * arXiv:1610.08401. Here one perturbation a class grows in a common race (growTriggers), and the lead of the first class
 * to arrive is the metric.
 * Needs: a classifier with a gradient. Samples make it sharper; without, it uses drawn pictures.
 * Defeated by: all-to-all and source-specific backdoors, small patches (their perturbation is large where it is small in
 * pixels), several backdoors with different targets, and training that flattens the shortcut.
 */
import { Type } from '@sinclair/typebox';
import { describeOrigin } from '../inversion/describe-origin.ts';
import { growTriggers } from '../inversion/grow-triggers.ts';
import { leadOf } from '../inversion/lead-of.ts';
import { rateOf } from '../inversion/outcome-of.ts';
import { prepareSearch } from '../inversion/prepare-search.ts';
import { recoveredPicture } from '../inversion/recovered-picture.ts';
import { heldOutFor } from '../inversion/search.ts';
import { additiveTrigger } from '../triggers/adjustable/additive.ts';
import { className } from './class-name.ts';
import { defineDetector, type Calibration } from './detector.ts';
import { pauseOf } from './pause-of.ts';
import calibration from './universal-perturbation.calibration.json' with { type: 'json' };

export const universalPerturbation = defineDetector({
  meta: {
    id: 'universal-perturbation',
    title: 'Smallest targeted universal perturbation',
    description:
      'Grows one perturbation a class, added to all inputs alike, and measures how far the class that is reached first is ahead of the second. ' +
      'A backdoor is a shortcut to its target, so its class arrives long before the others. Works without samples on drawn pictures.',
    family: 'behavior',
    needs: ['classifier', 'gradient', 'probes'],
    messages: {
      'leading-class': {
        severity: 'high',
        title: 'A small change added to all inputs leads to one class',
        text:
          'A change of L2 norm {size} added to all inputs sends {successRate} % of {trials} held-out {origin} to {target}; ' +
          'the class that follows gets {rivalRate} % with a change of the same size.',
        nextStep:
          'Look at the picture of the change: a patch, a pattern or a wave in it is the trigger. Look at training data labeled with the class, and compare with a trusted earlier version.',
      },
    },
    metric: { name: 'lead of the first class', unit: 'log odds ratio', flaggedWhen: 'above', threshold: 3.5 },
    cost: { tier: 'data-free', description: 'up to 900 gradients a class: 3 to 10 s for a small 32x32 network on two cores' },
    references: [
      { title: 'Practical Detection of Trojan Neural Networks: Data-Limited and Data-Free Cases', authors: 'Wang, Zhang, Liu, Chen, Xiong, Wang', year: 2020, url: 'https://arxiv.org/abs/2007.15802', role: 'source' },
      { title: 'Universal Adversarial Perturbations', authors: 'Moosavi-Dezfooli, Fawzi, Fawzi, Frossard', year: 2017, url: 'https://arxiv.org/abs/1610.08401', role: 'source' },
      { title: 'Backdoor Scanning for Deep Neural Networks through K-Arm Optimization', authors: 'Shen, Liu, Tao, An, Xu, Cheng, Ma, Zhang', year: 2021, url: 'https://arxiv.org/abs/2102.05123', role: 'background' },
      { title: 'UMD: Unsupervised Model Detection for X2X Backdoor Attacks', authors: 'Xiang, Xiong, Li', year: 2023, url: 'https://arxiv.org/abs/2305.18651', role: 'defeats' },
    ],
    limitations: [
      'All-to-all and source-specific backdoors have no class that all inputs lead to, and are not seen.',
      'A class that is naturally close to all others, in weak or imbalanced models, can lead without a backdoor.',
      'Of more classes than maxTargets only those that disturbed inputs drift to, and some others, are compared.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      maxTargets: Type.Integer({ default: 32, minimum: 3, maximum: 2000, description: 'Target classes that are compared.' }),
      imagesPerStep: Type.Integer({ default: 8, minimum: 2, maximum: 128, description: 'Inputs a class sees in one step.' }),
      stepsPerSize: Type.Integer({ default: 8, minimum: 2, maximum: 200, description: 'Steps at each size before it grows.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { classifier } = model.facets;
    const prepared = await prepareSearch({ facets: model.facets, maxTargets: options.maxTargets, random: context.random });
    if ('reason' in prepared) return { outcome: 'inconclusive', examined: 0, reason: prepared.reason };
    const trigger = additiveTrigger(prepared.shape);
    const pause = pauseOf(context, 'growing perturbations');
    const search = { ...prepared, trigger, imagesPerArm: options.imagesPerStep, steps: options.stepsPerSize, pause };
    const growths = await growTriggers(search);
    const lead = leadOf(growths, prepared.probes.clearance);
    if (lead === undefined && context.outOfTime()) return { outcome: 'inconclusive', examined: growths.length, reason: 'The time ran out before any class was reached.' };
    const nearest = lead ?? nearestOf(growths);
    if (nearest === undefined) return { outcome: 'inconclusive', examined: 0, reason: 'No class has inputs that could be sent to it.' };

    const { target, stage } = nearest;
    const parameters = growths.find((growth) => growth.target === target)?.parameters ?? new Float32Array(trigger.parameterCount);
    const data = {
      size: stage.bound,
      successRate: Math.round(100 * rateOf(stage)),
      trials: stage.trials,
      origin: describeOrigin(prepared.probes),
      target: className(classifier.classNames, target),
      rivalRate: Math.round(100 * (lead?.rivalRate ?? 0)),
    };
    const location = { targetClass: target };
    return {
      outcome: 'measured',
      examined: growths.length,
      metric: lead?.logOdds ?? 0,
      measurements: [
        { name: 'attack success rate', value: rateOf(stage), location },
        { name: 'success rate of the second class', value: lead?.rivalRate ?? 0 },
        { name: 'margin lead', value: lead?.margin ?? 0, location },
        { name: 'L2 norm', value: stage.bound, location },
        { name: 'classes compared', value: growths.length },
        { name: 'made-up inputs', value: prepared.probes.origin === 'samples' ? 0 : prepared.probes.count },
      ],
      observations: [
        { message: 'leading-class', data, location, picture: recoveredPicture(`a change that leads to ${data.target}`, trigger, parameters, prepared.probes, heldOutFor(search, target)) },
      ],
    };
  },
});

/** The class that came closest where none was reached. */
function nearestOf(growths: Awaited<ReturnType<typeof growTriggers>>) {
  const all = growths.flatMap(({ target, stages }) => stages.slice(-1).map((stage) => ({ target, stage })));
  return all.sort((a, b) => b.stage.margin - a.stage.margin)[0];
}
