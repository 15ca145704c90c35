/**
 * Paper: Wang, Xiang, Miller, Kesidis, MM-BD: Post-Training Detection of Backdoor Attacks with Arbitrary Backdoor Pattern
 * Types Using a Maximum Margin Statistic, IEEE S&P 2024, arXiv:2205.06900: training on triggered images makes the target
 * class reach margins that no other class reaches, whatever the trigger looks like. The paper's p-value is reported; the
 * metric is the ratio to the second largest margin, which raised fewer false alarms on small networks.
 * Needs: a classifier with a gradient, and nothing else: it starts from random inputs.
 * Defeated by: all-to-all backdoors (all classes gain), classes that are naturally extreme, and training that bounds margins.
 */
import { Type } from '@sinclair/typebox';
import { maximizeMargins } from '../inversion/maximize-margins.ts';
import { orderStatisticPValue } from '../statistics/order-statistic-p-value.ts';
import { className } from './class-name.ts';
import { defineDetector, type Calibration } from './detector.ts';
import calibration from './maximum-margin.calibration.json' with { type: 'json' };
import { pauseOf } from './pause-of.ts';

/** A ratio of margins means nothing between fewer classes. */
const MINIMUM_CLASSES = 3;

/** Margins below this are rounding: a model that prefers no class anywhere. */
const MINIMUM_MARGIN = 1e-3;

export const maximumMargin = defineDetector({
  meta: {
    id: 'maximum-margin',
    title: 'Maximum margin of each class (MM-BD)',
    description:
      'Climbs from random inputs to the largest margin each class can reach, and compares the largest with the second. Training on triggered images drives the ' +
      'margin of the target class far beyond the others, whatever the trigger looks like. Needs no samples.',
    family: 'behavior',
    needs: ['classifier', 'gradient'],
    messages: {
      'outstanding-margin': {
        severity: 'high',
        title: 'One class reaches a margin that no other class reaches',
        text: 'Some input gives {target} a margin of {margin} over all other classes; the largest margin of any other class is {second}, the median {median} (p = {pValue}).',
        nextStep:
          'Look for the trigger of this class: run trigger-inversion with samples, and look at training data labeled with it. A class far easier than the others can look alike.',
      },
    },
    metric: { name: 'margin ratio', unit: 'log of largest over second', flaggedWhen: 'above', threshold: 0.6 },
    cost: { tier: 'data-free', description: '160 gradients a class: 1 to 4 s for a small 32x32 network on two cores' },
    references: [
      { title: 'MM-BD: Post-Training Detection of Backdoor Attacks with Arbitrary Backdoor Pattern Types Using a Maximum Margin Statistic', authors: 'Wang, Xiang, Miller, Kesidis', year: 2024, url: 'https://arxiv.org/abs/2205.06900', role: 'source' },
      { title: 'UMD: Unsupervised Model Detection for X2X Backdoor Attacks', authors: 'Xiang, Xiong, Li', year: 2023, url: 'https://arxiv.org/abs/2305.18651', role: 'defeats' },
    ],
    limitations: [
      'All-to-all backdoors raise the margins of all classes and are not seen; weak backdoors may raise them little.',
      'A class that is far easier or far more frequent than the others can reach outstanding margins without a backdoor.',
      'Of more classes than maxTargets only a random part is compared.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      maxTargets: Type.Integer({ default: 64, minimum: 3, maximum: 2000, description: 'Classes that are compared.' }),
      starts: Type.Integer({ default: 4, minimum: 1, maximum: 64, description: 'Random inputs each class starts from.' }),
      steps: Type.Integer({ default: 40, minimum: 4, maximum: 1000, description: 'Steps of each climb.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { classifier, gradient } = model.facets;
    const { classCount } = classifier;
    const inconclusive = (reason: string) => ({ outcome: 'inconclusive' as const, examined: 0, reason });
    if (classCount < MINIMUM_CLASSES) return inconclusive(`The model has ${classCount} classes; ${MINIMUM_CLASSES} are needed to compare one with the others.`);
    const all = Array.from({ length: classCount }, (_, label) => label);
    const targets = classCount <= options.maxTargets ? all : context.random('targets').shuffle(all).slice(0, options.maxTargets).sort((a, b) => a - b);
    const margins = await maximizeMargins({
      classifier, gradient, targets, starts: options.starts, steps: options.steps, random: context.random('starts'), pause: pauseOf(context, 'climbing to the largest margins'),
    });
    if (margins === undefined) return inconclusive('The time ran out before the margins had settled.');
    const sorted = [...margins].sort((a, b) => b - a);
    const [largest = 0, second = 0] = sorted;
    if (!(second > MINIMUM_MARGIN)) return inconclusive('Fewer than two classes win anywhere, so their margins cannot be compared.');
    const target = targets[margins.indexOf(largest)] as number;
    const median = sorted[sorted.length >> 1] as number;
    const pValue = orderStatisticPValue(margins);
    const location = { targetClass: target };
    return {
      outcome: 'measured',
      examined: targets.length,
      metric: Math.log(largest / second),
      measurements: [
        { name: 'largest margin', value: largest, location },
        { name: 'second largest margin', value: second },
        { name: 'median margin', value: median },
        ...(pValue === undefined ? [] : [{ name: 'p-value', value: pValue, location }]),
      ],
      observations: [{ message: 'outstanding-margin', data: { target: className(classifier.classNames, target), margin: largest, second, median, pValue: pValue ?? 'not defined' }, location }],
    };
  },
});
