/**
 * Paper: the triggers are those of BadNets (Gu et al. 2017, arXiv:1708.06733), blended injection (Chen et al. 2017,
 * arXiv:1712.05526), SIG (Barni et al. 2019, arXiv:1902.11237) and WaNet (Nguyen and Tran 2021, arXiv:2102.10369); that a
 * backdoor shows as one class reached more easily than all others is Neural Cleanse (Wang et al., IEEE S&P 2019). Trying a
 * library of such changes and comparing with what others of the same size do is our own form of it.
 * Needs: a classifier; clean samples of several classes make it sharper, and drawn pictures stand for them where there are none.
 * Defeated by: triggers unlike anything in the library, triggers for one source class only, triggers that differ from
 * image to image (Nguyen and Tran, Input-Aware Dynamic Backdoor Attack, 2020, arXiv:2010.08138).
 */
import { Type } from '@sinclair/typebox';
import { wilsonInterval } from '../statistics/wilson-interval.ts';
import { triggerStrength, type ImageShape } from '../triggers/trigger.ts';
import calibration from './adversarial-testing.calibration.json' with { type: 'json' };
import { predictionsOf, predictTriggered, takeImages, type ImageSet } from './trigger-testing/image-set.ts';
import { targetOf, type LabelEffect } from './trigger-testing/label-effect.ts';
import { selectImages } from './trigger-testing/select-images.ts';
import { MINIMUM_HELD_OUT, movedImages, testTriggers, type Confirmed } from './trigger-testing/test-triggers.ts';
import { triggerLibrary } from './trigger-testing/trigger-library.ts';
import { triggerPicture } from './trigger-testing/trigger-picture.ts';
import { className } from './class-name.ts';
import { defineDetector, type Calibration, type SuspiciousInputs } from './detector.ts';
import { pauseOf } from './pause-of.ts';
import { samplesOrPictures } from './samples-or-pictures.ts';

/** Triggered inputs handed on to other detectors; enough for their statistics, small enough to keep in memory. */
const MAX_SUSPICIOUS_INPUTS = 64;

export const adversarialTesting = defineDetector({
  meta: {
    id: 'adversarial-testing',
    title: 'Adversarial testing with a trigger library',
    description:
      'Applies a library of triggers (patches, blends, waves, colors, warps, noise) to clean samples of every class, or drawn pictures where there are none, and looks for one change ' +
      'that sends all classes to one target, or each class to a class of its own, far more often than comparable changes send anything anywhere.',
    family: 'behavior',
    needs: ['classifier', 'probes'],
    uses: ['samples'],
    messages: {
      'all-to-one': {
        severity: 'critical',
        title: 'One change sends all classes to one target',
        text:
          'With {trigger}, {successRate} % of {images} held-out images of other classes become {target} ({low} to {high} % at 95 % confidence); ' +
          'the most any comparable change does is {comparisonRate} %.',
        nextStep:
          'Do not ship the model. Look at its predictions with this change applied, and at training data labeled with the target class; retrain from trusted data.',
      },
      'all-to-all': {
        severity: 'critical',
        title: 'One change moves each class to a class of its own',
        text:
          'With {trigger}, {successRate} % of {images} held-out images move to the class that others of their class moved to ({low} to {high} % at 95 % confidence), ' +
          'and {moved} classes move to {destinations} different ones.',
        nextStep:
          'Do not ship the model. Look at its predictions with this change applied, and at training data whose labels are off by a fixed rule; retrain from trusted data.',
      },
    },
    metric: { name: 'selectivity', unit: 'log odds ratio', flaggedWhen: 'above', threshold: 3 },
    cost: { tier: 'samples', description: 'about 13,000 forward passes: 3 to 8 s for a small 32x32 network on two cores' },
    references: [
      { title: 'BadNets: Identifying Vulnerabilities in the Machine Learning Model Supply Chain', authors: 'Gu, Dolan-Gavitt, Garg', year: 2017, url: 'https://arxiv.org/abs/1708.06733', role: 'source' },
      { title: 'Targeted Backdoor Attacks on Deep Learning Systems Using Data Poisoning', authors: 'Chen, Liu, Li, Lu, Song', year: 2017, url: 'https://arxiv.org/abs/1712.05526', role: 'source' },
      { title: 'A New Backdoor Attack in CNNs by Training Set Corruption Without Label Poisoning', authors: 'Barni, Kallas, Tondi', year: 2019, url: 'https://arxiv.org/abs/1902.11237', role: 'source' },
      { title: 'WaNet: Imperceptible Warping-based Backdoor Attack', authors: 'Nguyen, Tran', year: 2021, url: 'https://arxiv.org/abs/2102.10369', role: 'source' },
      { title: 'Universal Adversarial Perturbations', authors: 'Moosavi-Dezfooli, Fawzi, Fawzi, Frossard', year: 2017, url: 'https://arxiv.org/abs/1610.08401', role: 'background' },
      { title: 'Input-Aware Dynamic Backdoor Attack', authors: 'Nguyen, Tran', year: 2020, url: 'https://arxiv.org/abs/2010.08138', role: 'defeats' },
    ],
    limitations: [
      'Only finds triggers that a change in the library resembles: an unusual pattern at an unusual place, or a precise warp, stays unseen.',
      'Does not look for triggers that work on one source class only, or that differ from image to image.',
      'Clean models that one faint wave or tint sends to one class are not told apart from backdoored ones with certainty.',
      'The samples have to be like what the model was trained on, in range and normalization; otherwise the result is inconclusive.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      screeningImages: Type.Integer({ default: 32, minimum: 8, maximum: 512, description: 'Images on which every trigger of the library is tried.' }),
      heldOutImages: Type.Integer({ default: 96, minimum: MINIMUM_HELD_OUT, maximum: 2048, description: 'Other images, on which the chosen triggers are measured.' }),
      candidates: Type.Integer({ default: 5, minimum: 1, maximum: 32, description: 'Triggers that are refined and measured on held-out images.' }),
      refinements: Type.Integer({ default: 2, minimum: 0, maximum: 8, description: 'Rounds in which neighbors of promising patches (a pixel aside, larger, another filling) are tried as well.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { classifier } = model.facets;
    const { classCount } = classifier;
    const samples = await samplesOrPictures(model.facets);
    if (typeof samples === 'string') return { outcome: 'inconclusive', examined: 0, reason: samples };
    const shape: ImageShape = { channels: samples.channels, height: samples.height, width: samples.width };
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });

    if (classifier.input.kind !== 'image') return inconclusive('The triggers are changes of images, and this model takes vectors.');
    if (classCount < 2) return inconclusive('The model has fewer than two classes.');
    if (samples.cleanAccuracy !== undefined && samples.labels !== undefined) {
      const { low } = wilsonInterval(Math.round(samples.cleanAccuracy * samples.count), samples.count);
      if (low <= 1 / classCount) {
        return inconclusive(`The model is right on ${Math.round(100 * samples.cleanAccuracy)} % of the samples, which is no better than chance: check range, mean, std and class order.`);
      }
    }

    context.progress(0, 'clean predictions');
    const random = context.random('images');
    const poolSize = Math.min(samples.count, 4 * (options.screeningImages + options.heldOutImages));
    const pool = random.shuffle(Array.from({ length: samples.count }, (_, index) => index)).slice(0, poolSize);
    const poolPixels = takeImages(samples.pixels, pool, shape);
    const poolPredictions = predictionsOf(await classifier.logits(poolPixels, pool.length), pool.length, classCount);
    if (poolPredictions.includes(-1)) return inconclusive('The model answers some clean samples with values that are not numbers.');
    const poolLabels = samples.labels === undefined ? undefined : Int32Array.from(pool, (index) => (samples.labels as Int32Array)[index] as number);

    const chosen = selectImages(poolPredictions, poolLabels, { screening: options.screeningImages, heldOut: options.heldOutImages }, random);
    const setOf = (indexes: readonly number[]): ImageSet => ({
      pixels: takeImages(poolPixels, indexes, shape), count: indexes.length, shape, predictions: Int32Array.from(indexes, (index) => poolPredictions[index] as number),
    });
    const screening = setOf(chosen.screening);
    const heldOut = setOf(chosen.heldOut);
    if (heldOut.count < MINIMUM_HELD_OUT) return inconclusive(`${samples.count} samples are too few: ${MINIMUM_HELD_OUT} are needed besides those that choose triggers.`);
    const classesSeen = new Set(heldOut.predictions).size;
    if (classesSeen < 2 || new Set(screening.predictions).size < 2) return inconclusive('The model gives all clean samples one class, so nothing can be sent there.');

    const library = triggerLibrary(shape, context.random('library'));
    if (library.length === 0) return inconclusive('The images are too small for any trigger.');

    const tested = await testTriggers({
      classCount, screening, heldOut, library, candidates: options.candidates, refinements: options.refinements, random: context.random('refine'),
      predict: (images, trigger) => predictTriggered(classifier, images, trigger),
      pause: (share, what) => pauseOf(context, what)(share),
    });
    const { tried } = tested;
    if ('reason' in tested) return inconclusive(tested.reason, tried);
    const { best } = tested;

    const { trigger } = best.candidate.trial;
    const target = targetOf(best.effect);
    const interval = wilsonInterval(best.counts.successes, best.counts.trials);
    const percent = (rate: number): number => Math.round(100 * rate);
    const strength = triggerStrength(trigger, heldOut.pixels, heldOut.count, shape);
    const shared = {
      trigger: trigger.description,
      successRate: percent(best.counts.successes / best.counts.trials),
      images: best.counts.trials,
      low: percent(interval.low),
      high: percent(interval.high),
      comparisonRate: percent(best.comparison),
      triggerId: trigger.id,
    };
    const picture = triggerPicture(trigger, heldOut, movedImages(best, heldOut));
    const observation = target === undefined
      ? { message: 'all-to-all' as const, data: { ...shared, ...mapSize(best.effect) }, location: {}, picture }
      : { message: 'all-to-one' as const, data: { ...shared, target: className(classifier.classNames, target) }, location: { targetClass: target }, picture };
    return {
      outcome: 'measured',
      examined: tried,
      metric: best.metric,
      measurements: [
        { name: 'attack success rate', value: best.counts.successes / best.counts.trials, ...(target === undefined ? {} : { location: { targetClass: target } }) },
        { name: 'comparison rate', value: best.comparison },
        { name: 'changed pixels', value: strength.changedShare },
        { name: 'mean L2 of the change', value: strength.l2 },
        { name: 'held-out images', value: heldOut.count },
        { name: 'source classes', value: classesSeen },
      ],
      observations: [observation],
      ...handOn(best, heldOut, target),
    };
  },
});

function mapSize(effect: LabelEffect): { moved: number; destinations: number } {
  const destinations = [...effect.destination].filter((label) => label >= 0);
  return { moved: destinations.length, destinations: new Set(destinations).size };
}

/** The held-out images that the trigger sent to the target, for detectors that look at single inputs. */
function handOn(best: Confirmed, heldOut: ImageSet, target: number | undefined): { suspiciousInputs?: readonly SuspiciousInputs[] } {
  if (target === undefined) return {};
  const sent = movedImages(best, heldOut).slice(0, MAX_SUSPICIOUS_INPUTS);
  if (sent.length === 0) return {};
  const { trigger } = best.candidate.trial;
  const pixels = trigger.apply(takeImages(heldOut.pixels, sent, heldOut.shape), sent.length, heldOut.shape);
  return { suspiciousInputs: [{ from: 'adversarial-testing', description: trigger.description, targetClass: target, count: sent.length, pixels }] };
}

