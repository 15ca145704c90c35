/**
 * Paper: Zheng, Tang, Li, Liu, Data-free Backdoor Removal based on Channel Lipschitzness, ECCV 2022, arXiv:2208.03111:
 * channels that a trigger drives are more sensitive than others, and the spectral norm of a channel's kernel, with batch
 * normalization merged, bounds how sensitive a channel can be. The paper prunes channels whose bound exceeds the layer's
 * mean by u standard deviations; here the largest excess in the model is the metric, with median and MAD in their place.
 * Needs: the graph and its tensors (weights only; nothing is run).
 * Defeated by: training with a spectral or weight norm penalty, scaling a channel down and the next layer's weights for
 * it up (which changes no output of a ReLU network), triggers carried by many channels, and small networks at large.
 */
import { Type } from '@sinclair/typebox';
import { indexGraph } from '../onnx/graph-index.ts';
import { inlineFunctions } from '../onnx/inline-functions.ts';
import { linearLayers } from '../onnx/linear-layers.ts';
import { MINIMUM_VALUES_FOR_ANOMALY_INDEX } from '../statistics/anomaly-index.ts';
import calibration from './channel-lipschitz.calibration.json' with { type: 'json' };
import { channelBounds } from './channel-lipschitz/channel-bounds.ts';
import { outlyingChannels, type OutlyingChannel } from './channel-lipschitz/outlying-channels.ts';
import { defineDetector, type Calibration, type Detection, type Observation } from './detector.ts';

type Message = 'outlying-channel';

/**
 * The largest index of a clean network's layers mostly lies between 3 and 7, because each is the largest of hundreds of channels
 * whose bounds are skewed; 8 leaves nearly all clean networks alone.
 */
const THRESHOLD = 8;

/**
 * A spectral norm takes this to the third power per channel. Kernels of 16×16 places are the largest of common networks;
 * beyond, a layer made to be slow would cost hours.
 */
const MAX_KERNEL_SIDE = 256;

export const channelLipschitz = defineDetector({
  meta: {
    id: 'channel-lipschitz',
    title: 'Over-sensitive channel',
    description:
      'Bounds how much each channel of each convolution and linear layer can amplify its input (the spectral norm of its kernel, batch normalization ' +
      'merged) and reports the channel that stands out most from its layer. Under a second, no data needed; weak evidence on small networks.',
    family: 'weights',
    needs: ['tensors', 'graph'],
    messages: {
      'outlying-channel': {
        severity: 'medium',
        title: 'A channel is far more sensitive than the others of its layer',
        text: 'Channel {channel} of {tensor} can amplify its input {bound} times; the median of the layer’s {channels} channels is {median} (anomaly index {index}).',
        nextStep:
          'Run the detectors that search for a trigger. To test the suspicion, set this channel’s weights and bias to zero: when accuracy on clean images ' +
          'stays and a suspected trigger stops working, the channel carried it.',
      },
    },
    metric: { name: 'largest channel anomaly index', unit: 'robust standard deviations', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'weights', description: 'reads every weight once: well under a second for an image classifier' },
    references: [
      { title: 'Data-free Backdoor Removal based on Channel Lipschitzness', authors: 'Zheng, Tang, Li, Liu', year: 2022, url: 'https://arxiv.org/abs/2208.03111', role: 'source' },
      { title: 'Adversarial Neuron Pruning Purifies Backdoored Deep Models', authors: 'Wu, Wang', year: 2021, url: 'https://arxiv.org/abs/2110.14430', role: 'background' },
      { title: 'Spectral Norm Regularization for Improving the Generalizability of Deep Learning', authors: 'Yoshida, Miyato', year: 2017, url: 'https://arxiv.org/abs/1705.10941', role: 'defeats' },
    ],
    limitations: [
      'On small image classifiers it hardly tells backdoored from clean models (see Measured): a finding is a hint where to look, and a clear result says nothing.',
      'Clean networks have outlying channels too, the more layers and channels they have.',
      'A channel’s scale can be moved into the next layer without changing the model, which moves the metric.',
      `Depthwise convolutions, transposed convolutions, recurrent layers, layers whose weights are computed and kernels of more than ${MAX_KERNEL_SIDE} inputs and places are not looked at.`,
    ],
    lifecycle: 'experimental',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      minimumChannels: Type.Integer({
        default: 16, minimum: MINIMUM_VALUES_FOR_ANOMALY_INDEX, description: 'Layers with fewer channels are left out: their spread is not known well enough.',
      }),
      reportedChannels: Type.Integer({ default: 3, minimum: 1, maximum: 100, description: 'How many of the most outlying channels a finding names.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context): Promise<Detection<Message>> {
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    const index = indexGraph(inlineFunctions(model.facets.graph.model).graph);
    let [examined, layers] = [0, 0];
    let most: readonly OutlyingChannel[] = [];
    for await (const layer of linearLayers(index)) {
      context.signal.throwIfAborted();
      // One input a channel: a filter, whose bound says nothing about what it lets through from where.
      if (layer.channelCount < options.minimumChannels || layer.isDepthwise) continue;
      if (Math.min(layer.inputCount, layer.placeCount) > MAX_KERNEL_SIDE) continue;
      context.progress(0, layer.weightName);
      const bounds = channelBounds(layer, context);
      if (bounds === 'out of time') return inconclusive(`The time ran out after ${layers} layers.`, examined);
      if (bounds === 'not finite') return inconclusive(`The weights ${layer.weightName} or their normalization hold values that are not finite numbers.`, examined);
      examined += layer.channelCount;
      const found = outlyingChannels(layer, bounds);
      if (found === undefined) continue;
      layers += 1;
      most = [...most, ...found].sort((a, b) => b.index - a.index).slice(0, options.reportedChannels);
    }
    const [first, ...rest] = most;
    if (examined === 0) return inconclusive(`No layer has constant weights and at least ${options.minimumChannels} channels.`);
    if (first === undefined) return inconclusive('The channels of every layer do not differ, or half of them do not, so there is no spread to measure an outlier against.', examined);
    return {
      outcome: 'measured',
      examined,
      metric: first.index,
      measurements: [
        { name: 'layers compared', value: layers },
        { name: 'bound over the layer’s median', value: first.bound / first.median, location: locationOf(first) },
      ],
      observations: [observation(first), ...rest.map(observation)],
    };
  },
});

function locationOf({ tensor, node }: OutlyingChannel): { readonly tensor: string; readonly node?: string } {
  return node === '' ? { tensor } : { tensor, node };
}

function observation(one: OutlyingChannel): Observation<Message> {
  const { tensor, channel, channels, bound, median, index } = one;
  return { message: 'outlying-channel', data: { tensor, channel, channels, bound, median, index }, location: locationOf(one) };
}
