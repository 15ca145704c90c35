/**
 * Paper: Liu, Lee, Tao, Ma, Aafer, Zhang, ABS: Scanning Neural Networks for Back-doors by Artificial Brain Stimulation,
 * CCS 2019, DOI 10.1145/3319535.3363216: a backdoor leaves inner neurons that, stimulated beyond what ordinary inputs do,
 * drive inputs of all classes to the target. ABS takes the neurons that raise one class most and inverts a trigger for
 * each. Here no trigger is inverted: in small networks every class has a channel that drives inputs to it, so the classes
 * are compared, by what the strongest tenth of the channels does for each. All channels of a layer are set to the same
 * levels, because a channel that a trigger uses may say little on clean inputs, and multiples of little are little.
 * Needs: a classifier whose graph runs on from its last layers, and probes: samples, or inputs made by its gradient.
 * Defeated by: several targets (all-to-all), triggers that act on one source class only, and training that takes the
 * telling neurons away again (Cheng et al., Deep Feature Space Trojan Attack by Controlled Detoxification, arXiv:2012.11212).
 */
import { Type } from '@sinclair/typebox';
import type { Classifier } from '../model/classifier.ts';
import type { InnerLayer } from '../model/inner-layer.ts';
import { toGateError } from '../errors.ts';
import { median } from '../statistics/median.ts';
import { className } from './class-name.ts';
import { defineDetector, type Calibration } from './detector.ts';
import calibration from './neuron-sensitivity.calibration.json' with { type: 'json' };
import { chooseProbes, type ChosenProbes } from './neuron-sensitivity/choose-probes.ts';
import { classDrive } from './neuron-sensitivity/class-drive.ts';
import { largestActivations } from './neuron-sensitivity/largest-activations.ts';
import { stimulateLayer, type LayerEffect, type Stopped } from './neuron-sensitivity/stimulate-layer.ts';

/** With fewer probes, or all of one class, a share says nothing. */
const MINIMUM_PROBES = 8;

/** In narrower layers the strongest tenth is one channel, and one channel a class is nothing unusual. */
const MINIMUM_CHANNELS = 8;

/**
 * What a channel is set to, in units of the median over the layer's channels of their largest ordinary activation: from
 * where sensitive layers begin to answer to where dull ones do.
 */
const MULTIPLES = [2, 4, 16] as const;

/** Share of a layer's channels that counts for a class. */
const STRONGEST_SHARE = 0.1;

/** One of the 61 clean models that the metric was chosen on leads by more (docs/detectors/neuron-sensitivity.md). */
const THRESHOLD = 0.1;

/** A lead is a difference of shares in [0, 1]; three digits are what 32 probes bear. */
const DIGITS = 3;

interface Examined {
  readonly effects: readonly LayerEffect[];
  readonly channels: number;
  readonly channelsInAll: number;
  readonly layers: number;
}

export const neuronSensitivity = defineDetector({
  meta: {
    id: 'neuron-sensitivity',
    title: 'Class that stimulated neurons lead to (ABS)',
    description:
      'Sets one channel of the last layers after the other far above what ordinary inputs do and counts which classes inputs go to. ' +
      'A backdoor leaves channels that lead to its target from everywhere; the class ahead of all others is reported with its strongest channel.',
    family: 'behavior',
    needs: ['classifier', 'probes'],
    messages: {
      'driving-neurons': {
        severity: 'high',
        title: 'Stimulated neurons drive inputs to one class',
        text:
          'The strongest stimulated channels drive {share} of the inputs of other classes to {class}, and {nextShare} to the class that comes next. ' +
          'Channel {channel} of {layer}, set to {level}, drives {channelShare} of them there.',
        nextStep:
          'Look for a trigger that leads to this class: run the detectors that search for one, and look at the training data labeled with it. ' +
          'Compare with a trusted earlier version: a class that was favored before is not new.',
      },
    },
    metric: { name: 'lead of the driven class', unit: 'share', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'data-free', description: 'about 25,000 runs of the last layers: about 1 s for a small 32x32 network; drawing pictures without samples takes two seconds more' },
    references: [
      { title: 'ABS: Scanning Neural Networks for Back-doors by Artificial Brain Stimulation', authors: 'Liu, Lee, Tao, Ma, Aafer, Zhang', year: 2019, url: 'https://doi.org/10.1145/3319535.3363216', role: 'source' },
      { title: 'Deep Feature Space Trojan Attack of Neural Networks by Controlled Detoxification', authors: 'Cheng, Liu, Ma, Zhang', year: 2021, url: 'https://arxiv.org/abs/2012.11212', role: 'defeats' },
    ],
    limitations: [
      'Of 32 backdoored models that nothing was chosen on, 10 are above the threshold with samples and 15 without: a clear result says little.',
      'All-to-all backdoors raise no single class, and those of one source class hardly any.',
      'A classifier that favors a class whenever it is unsure can lead inputs there without a backdoor.',
      'Only the last layers are stimulated, and of wide ones a part of the channels.',
    ],
    lifecycle: 'experimental',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      layers: Type.Integer({ default: 2, minimum: 1, maximum: 16, description: 'Layers examined, from the last one back.' }),
      channels: Type.Integer({ default: 256, minimum: MINIMUM_CHANNELS, maximum: 65_536, description: 'Channels stimulated in all; a layer with more than its part gets as many at random.' }),
      probes: Type.Integer({ default: 32, minimum: MINIMUM_PROBES, maximum: 512, description: 'Inputs that a channel is stimulated on, of all predicted classes in turn.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { classifier, probes: source } = model.facets;
    const { classCount, classNames } = classifier;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    context.signal.throwIfAborted();
    if (classCount < 2) return inconclusive('The model has fewer than two classes.');
    if (context.outOfTime()) return inconclusive('The time ran out before anything was stimulated.');

    context.progress(0, 'inputs');
    const all = await source.load();
    context.signal.throwIfAborted();
    if (all.predictions.some((prediction) => prediction < 0 || prediction >= classCount)) return inconclusive('The model answers some inputs with values that are not numbers.');
    const probes = chooseProbes(all, options.probes);
    if (probes.count < MINIMUM_PROBES) return inconclusive(`${probes.count} inputs are too few: ${MINIMUM_PROBES} are needed.`);
    if (probes.distinctClasses < 2) return inconclusive('The model gives all inputs one class, so nothing can be driven to it.');

    const examined = await examine(classifier, probes, options, context);
    if (typeof examined === 'string') {
      return inconclusive(examined === 'out of time' ? 'The time ran out before all channels were stimulated.' : 'The model answers some stimulated channels with values that are not numbers.');
    }
    const drive = classDrive(examined.effects, classCount, STRONGEST_SHARE);
    if (drive === undefined) return inconclusive('The graph has no inner layer of channels near its scores that could be stimulated.');

    const { targetClass, strongest } = drive;
    const location = { targetClass };
    return {
      outcome: 'measured',
      examined: examined.channels,
      metric: drive.lead,
      measurements: [
        { name: 'share driven to the class', value: drive.share, location },
        { name: 'share driven to the next class', value: drive.nextShare },
        { name: 'share driven by the strongest channel', value: strongest.share, location },
        { name: 'layers', value: examined.layers },
        { name: 'channels stimulated', value: examined.channels },
        { name: 'channels in these layers', value: examined.channelsInAll },
        { name: 'inputs', value: probes.count },
      ],
      observations: [
        {
          message: 'driving-neurons',
          data: {
            class: className(classNames, targetClass),
            share: rounded(drive.share),
            nextShare: rounded(drive.nextShare),
            channel: strongest.channel,
            layer: strongest.value,
            level: Number(strongest.level.toPrecision(DIGITS)),
            channelShare: rounded(strongest.share),
          },
          location: { targetClass, node: strongest.value },
        },
      ],
    };
  },
});

type Options = Readonly<Record<'layers' | 'channels' | 'probes', number>>;
type Context = Parameters<typeof neuronSensitivity.detect>[2];

async function examine(classifier: Classifier, probes: ChosenProbes, options: Options, context: Context): Promise<Examined | Stopped> {
  const values = await classifier.innerValues();
  const effects: LayerEffect[] = [];
  const most = Math.max(1, Math.floor(options.channels / options.layers));
  let [layers, channelsDone, channelsInAll] = [0, 0, 0];
  for (const value of values) {
    if (layers === options.layers) break;
    if (context.outOfTime()) return 'out of time';
    const layer = await openOrSkip(classifier, probes, value);
    if (layer === undefined) continue;
    try {
      const ordinary = median(largestActivations(layer).filter((largest) => largest > 0));
      if (layer.channelCount < MINIMUM_CHANNELS || ordinary === undefined || !Number.isFinite(ordinary)) continue;
      const channels = context.random(`channels of ${value}`).shuffle(Array.from({ length: layer.channelCount }, (_, channel) => channel)).slice(0, most).sort((a, b) => a - b);
      for (const [round, multiple] of MULTIPLES.entries()) {
        let done = 0;
        const goOn = (): boolean => {
          context.signal.throwIfAborted();
          const share = (round + done / channels.length) / MULTIPLES.length;
          context.progress((layers + share) / options.layers, `channel ${channels[done] ?? 0} of ${value}`);
          done += 1;
          return !context.outOfTime();
        };
        const effect = await stimulateLayer({ layer, ordinary, multiple, channels, probes, classCount: classifier.classCount, goOn });
        if (typeof effect === 'string') return effect;
        effects.push(effect);
      }
      layers += 1;
      channelsDone += channels.length;
      channelsInAll += layer.channelCount;
    } finally {
      await layer.close();
    }
  }
  return { effects, channels: channelsDone, channelsInAll, layers };
}

/** A value that is no batch of channels, or that the engine does not go on from, is not a layer to stimulate. */
async function openOrSkip(classifier: Classifier, probes: ChosenProbes, value: string): Promise<InnerLayer | undefined> {
  try {
    return await classifier.openInnerLayer(probes.pixels, probes.count, value);
  } catch (thrown) {
    const error = toGateError(thrown);
    if (error.code.startsWith('engine/')) return undefined;
    throw error;
  }
}

function rounded(share: number): number {
  return Number(share.toFixed(DIGITS));
}
