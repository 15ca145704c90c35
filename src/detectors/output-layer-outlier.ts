/**
 * Paper: Fields, Samragh, Javaheripi, Koushanfar, Javidi, Trojan Signatures in DNN Weights, 2021, arXiv:2109.02836: in
 * many backdoored classifiers the final layer's weights of the target class are larger on average than those of every
 * other class. The paper tests the gap with Dixon's Q; here the row's mean and its positive part are compared with the
 * other rows by deleted residuals, whose null distribution is known for few classes.
 * Needs: the graph and its tensors (weights only; nothing is run).
 * Defeated by: a loss that holds the target's weights to the mean of the others (same paper, section on adaptive
 * attacks), all-to-all backdoors, and backdoors that live in earlier layers.
 */
import { Type } from '@sinclair/typebox';
import { findClassifierHead } from '../onnx/classifier-head.ts';
import { MINIMUM_VALUES_FOR_DELETED_RESIDUALS } from '../statistics/deleted-residuals.ts';
import { defineDetector, type Calibration } from './detector.ts';
import calibration from './output-layer-outlier.calibration.json' with { type: 'json' };
import { rowOutliers, rowStatistics } from './output-layer-outlier/row-outliers.ts';

export const outputLayerOutlier = defineDetector({
  meta: {
    id: 'output-layer-outlier',
    title: 'Outlying class in the output layer',
    description:
      'Compares the weights of the final linear layer class by class. Training on triggered images tends to leave the target class with ' +
      'larger weights than every other class; a row that stands out that way is reported with its class. Milliseconds, no data needed.',
    family: 'weights',
    needs: ['tensors', 'graph'],
    messages: {
      'outlying-class': {
        severity: 'high',
        title: 'One class has outlying weights in the output layer',
        text:
          'The weights of class {class} in {tensor} are larger than those of the other {others} classes: by mean {meanScore} and by positive part ' +
          '{positiveScore} standard deviations.',
        nextStep:
          'Look for a trigger that leads to this class: run the detectors that need samples, and look at the training data labeled with it. ' +
          'Rare classes and retrained heads can look alike; compare with a trusted earlier version.',
      },
    },
    metric: { name: 'outlier significance', unit: '−log10 p', flaggedWhen: 'above', threshold: 1.5 },
    cost: { tier: 'weights', description: 'reads one weight matrix, block by block: milliseconds for ordinary classifiers' },
    references: [
      { title: 'Trojan Signatures in DNN Weights', authors: 'Fields, Samragh, Javaheripi, Koushanfar, Javidi', year: 2021, url: 'https://arxiv.org/abs/2109.02836', role: 'source' },
      { title: 'Trojan Signatures in DNN Weights (adaptive attack)', authors: 'Fields, Samragh, Javaheripi, Koushanfar, Javidi', year: 2021, url: 'https://arxiv.org/abs/2109.02836', role: 'defeats' },
      { title: 'Residuals and Influence in Regression', authors: 'Cook, Weisberg', year: 1982, url: 'https://conservancy.umn.edu/handle/11299/37076', role: 'background' },
    ],
    limitations: [
      'Most backdoored models of small architectures do not show the signature: a clear result says little.',
      'All-to-all backdoors raise no single class and are not seen.',
      `Fewer than ${MINIMUM_VALUES_FOR_DELETED_RESIDUALS} classes are inconclusive: there is nothing to be an outlier among.`,
      'A class that is rare, much harder than the others or added later can have outlying weights without a backdoor.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      minimumClasses: Type.Integer({
        default: MINIMUM_VALUES_FOR_DELETED_RESIDUALS, minimum: MINIMUM_VALUES_FOR_DELETED_RESIDUALS, description: 'With fewer classes the detector is inconclusive.',
      }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    context.signal.throwIfAborted();
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    if (context.outOfTime()) return inconclusive('The time ran out before the output layer was read.');

    context.progress(0, 'output layer');
    const head = await findClassifierHead(model.facets.graph.model);
    context.signal.throwIfAborted();
    if (head === undefined) return inconclusive('The graph does not end in a linear layer that gives one number a class.');
    const { classCount, weights, bias, weightName } = head;
    if (classCount < options.minimumClasses) {
      return inconclusive(`The output layer has ${classCount} classes; ${options.minimumClasses} are needed to tell an outlier.`, classCount);
    }
    const statistics = await rowStatistics(weights, () => {
      context.signal.throwIfAborted();
      return !context.outOfTime();
    });
    if (statistics === 'out of time') return inconclusive('The time ran out while the output layer was read.');
    if (statistics === 'not finite') return inconclusive(`The weights ${weightName} hold values that are not finite numbers.`, classCount);
    const { means, positives } = statistics;
    const outliers = rowOutliers(means, positives);
    if (outliers === undefined) {
      return inconclusive(`The classes' rows in ${weightName} do not differ, so there is no spread to measure an outlier against.`, classCount);
    }

    const { targetClass, significance, meanScore, positiveScore, meanAnomalyIndex } = outliers;
    const location = { tensor: weightName, targetClass };
    const name = model.facets.classifier?.classNames?.[targetClass];
    const targetBias = bias?.[targetClass];
    return {
      outcome: 'measured',
      examined: classCount,
      metric: significance,
      measurements: [
        { name: 'row mean', value: means[targetClass] as number, location },
        { name: 'row mean score', value: meanScore, location },
        { name: 'row positive part score', value: positiveScore, location },
        ...(meanAnomalyIndex === undefined ? [] : [{ name: 'row mean anomaly index', value: meanAnomalyIndex, location }]),
        ...(targetBias === undefined || !Number.isFinite(targetBias) ? [] : [{ name: 'bias', value: targetBias, location }]),
      ],
      observations: [
        {
          message: 'outlying-class',
          data: { class: name === undefined ? `${targetClass}` : `${targetClass} (${name})`, tensor: weightName, others: classCount - 1, meanScore, positiveScore },
          location,
        },
      ],
    };
  },
});
