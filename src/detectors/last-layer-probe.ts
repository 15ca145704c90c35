/**
 * Papers: Yu, Yin, Fang, Tian, Zhu, Liu, Zhang, Fast and Lightweight Backdoor Detection via Head Random Probing (HTell),
 * 2026, arXiv:2605.18908: fed with random latent vectors, the head of a backdoored model answers its target class far
 * more often than any other. Yu, Fang, Zhang, Tian, Zhu, Zhang, Liu, Lightweight and Fast Backdoor Model Detection
 * (DFBScanner), 2026, arXiv:2605.18907: indicators of the last layer's parameters, class by class. What is done here
 * follows the idea of both and neither's code: probing finds the class, an indicator of its row adds to it or takes away.
 * Needs: the graph and its tensors (weights only; nothing is run).
 * Defeated by: all-to-all and source-specific backdoors, a training loss or an edit that evens out the rows of the last
 * layer, and backdoors that live in earlier layers, as most of those in networks with hidden fully connected layers.
 */
import { Type } from '@sinclair/typebox';
import { findClassifierHead } from '../onnx/classifier-head.ts';
import { anomalyIndexes, MINIMUM_VALUES_FOR_ANOMALY_INDEX } from '../statistics/anomaly-index.ts';
import { defineDetector, type Calibration } from './detector.ts';
import calibration from './last-layer-probe.calibration.json' with { type: 'json' };
import { probeHead } from './last-layer-probe/probe-head.ts';
import { rowIndicators } from './last-layer-probe/row-indicators.ts';

/**
 * A class that wins e^1.25 = 3.5 times as often as the next. Of clean heads of ten classes some reach 3: digits differ in
 * difficulty, and a head answers its easiest class more often.
 */
const THRESHOLD = 1.25;

/** Beyond this many robust standard deviations the indicator adds nothing more: few classes make any index. */
const LARGEST_INDEX = 5;

export const lastLayerProbe = defineDetector({
  meta: {
    id: 'last-layer-probe',
    title: 'Output layer leans to one class',
    description:
      'Feeds the final linear layer random non-negative feature vectors and compares how often each class wins. The target of a backdoor sometimes ' +
      'wins several times as often as any other class. Milliseconds, no data needed; most backdoors of small networks leave no such trace.',
    family: 'weights',
    needs: ['tensors', 'graph'],
    messages: {
      'leaning-head': {
        severity: 'high',
        title: 'The output layer favors one class whatever it is shown',
        text:
          'Of {probes} random feature vectors {share} go to class {class}, {ratio} times as many as to the next of the {classes} classes ' +
          '(weights {tensor}; anomaly index of the class’s row {rowIndex}).',
        nextStep:
          'Look for a trigger that leads to this class: run the detectors that need samples, and look at the training data labeled with it. ' +
          'A class that is much more frequent than others can look alike; compare with a trusted earlier version.',
      },
    },
    metric: { name: 'lean of the output layer', unit: 'nats', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'weights', description: 'milliseconds for tens of classes, seconds for thousands; reads the layer block by block' },
    references: [
      { title: 'Fast and Lightweight Backdoor Detection via Head Random Probing', authors: 'Yu, Yin, Fang, Tian, Zhu, Liu, Zhang', year: 2026, url: 'https://arxiv.org/abs/2605.18908', role: 'source' },
      { title: 'Lightweight and Fast Backdoor Model Detection', authors: 'Yu, Fang, Zhang, Tian, Zhu, Zhang, Liu', year: 2026, url: 'https://arxiv.org/abs/2605.18907', role: 'source' },
      { title: 'Trojan Signatures in DNN Weights (adaptive attack)', authors: 'Fields, Samragh, Javaheripi, Koushanfar, Javidi', year: 2021, url: 'https://arxiv.org/abs/2109.02836', role: 'defeats' },
    ],
    limitations: [
      'Weak on small networks: most backdoors of networks with hidden fully connected layers leave the head as it was (see Measured). The rates in the papers are for other models and were not reproduced.',
      'All-to-all and source-specific backdoors raise no single class and are not seen.',
      `Fewer than ${MINIMUM_VALUES_FOR_ANOMALY_INDEX} classes are inconclusive.`,
      'Features are taken to be independent and non-negative, as after Relu and pooling; heads behind layer normalization or Tanh are probed with what they never see.',
      'A class that is more frequent in the training data, or harder, can win more often without a backdoor.',
    ],
    lifecycle: 'experimental',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      minimumClasses: Type.Integer({
        default: MINIMUM_VALUES_FOR_ANOMALY_INDEX, minimum: MINIMUM_VALUES_FOR_ANOMALY_INDEX, description: 'With fewer classes the detector is inconclusive.',
      }),
      probes: Type.Integer({ default: 4096, minimum: 256, maximum: 1_048_576, description: 'Random feature vectors; fewer are used where the layer is very large.' }),
      rowWeight: Type.Number({ default: 0.1, minimum: 0, maximum: 1, description: 'How much one robust standard deviation of the class’s row indicator adds to the metric.' }),
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
      return inconclusive(`The output layer has ${classCount} classes; ${options.minimumClasses} are needed to say that one leads.`, classCount);
    }
    const notFinite = inconclusive(`The weights ${weightName} or their bias hold values that are not finite numbers.`, classCount);
    if (bias?.every(Number.isFinite) === false) return notFinite;
    const indicators = new Float64Array(classCount);
    const probed = await probeHead(weights, options.probes, context, (block) => {
      if (!block.values.every(Number.isFinite)) return false;
      indicators.set(rowIndicators(block, bias), block.first);
      return true;
    });
    if (probed === 'refused') return notFinite;
    if (probed === 'out of time') return inconclusive('The time ran out while the output layer was probed.');
    if (probed === 'undecided') {
      return inconclusive(`The classes' rows in ${weightName} do not differ, so no class can lead.`, classCount);
    }

    const { leader, share, ratio, probes } = probed;
    // No spread among the rows' sizes speaks neither for nor against the class.
    const rowIndex = Math.max(-LARGEST_INDEX, Math.min(LARGEST_INDEX, anomalyIndexes(indicators, 'upper')?.[leader] ?? 0));
    const name = model.facets.classifier?.classNames?.[leader];
    const location = { tensor: weightName, targetClass: leader };
    return {
      outcome: 'measured',
      examined: classCount,
      metric: Math.log(ratio) + options.rowWeight * rowIndex,
      measurements: [
        { name: 'share of the most frequent class', value: share, location },
        { name: 'share over uniform', value: share * classCount, location },
        { name: 'times as often as the next class', value: ratio, location },
        { name: 'anomaly index of the row indicator', value: rowIndex, location },
      ],
      observations: [
        {
          message: 'leaning-head',
          data: { class: name === undefined ? `${leader}` : `${leader} (${name})`, tensor: weightName, classes: classCount, probes, share, ratio, rowIndex },
          location,
        },
      ],
    };
  },
});
