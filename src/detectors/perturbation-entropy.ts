/**
 * Paper: Gao, Xu, Wang, Chen, Ranasinghe, Nepal, STRIP: A Defence Against Trojan Attacks on Deep Neural Networks,
 * ACSAC 2019, arXiv:1902.06531: an input that carries a trigger keeps its prediction when other images are superimposed,
 * so the entropy of the predictions stays low. STRIP looks at single inputs at run time; a gate has none, so this looks
 * at inputs that another detector suspects, and at the samples themselves, and asks for one class on top of low entropy.
 * Needs: a classifier; clean samples, for which drawn pictures stand where there are none; suspicious inputs of adversarial-testing make it worth much more.
 * Defeated by: triggers that do not survive superimposing (faint blends, warps), source-specific triggers, and attacks
 * trained against it (Nguyen and Tran, Input-Aware Dynamic Backdoor Attack, 2020, arXiv:2010.08138).
 */
import { Type } from '@sinclair/typebox';
import { median } from '../statistics/median.ts';
import { argmax } from '../statistics/softmax.ts';
import { imageSize } from '../triggers/trigger.ts';
import { defineDetector, type Calibration } from './detector.ts';
import calibration from './perturbation-entropy.calibration.json' with { type: 'json' };
import { blendedPredictions, type BlendedInput } from './perturbation-entropy/blended-predictions.ts';
import { selectiveLowEntropy, type SelectiveLowEntropy } from './perturbation-entropy/selective-low-entropy.ts';
import { samplesOrPictures } from './samples-or-pictures.ts';

/** Fewer inputs in a group, or samples in the reference, and an entropy rank is luck. */
const MINIMUM_GROUP = 10;
const MINIMUM_REFERENCE = 20;

/** A perfect trigger reaches 1, the clean models measured so far up to 0.44 (docs/detectors/perturbation-entropy.md). */
const THRESHOLD = 0.6;

interface Finding {
  readonly from: string;
  readonly description: string;
  readonly targetClass: number;
  readonly count: number;
  readonly result: SelectiveLowEntropy;
}

export const perturbationEntropy = defineDetector({
  meta: {
    id: 'perturbation-entropy',
    title: 'Prediction entropy under superimposed images (STRIP)',
    description:
      'Superimposes clean samples on inputs and measures how uncertain the model becomes. Inputs that carry a trigger stay with its target; ' +
      'the detector compares inputs that another detector suspects, or the samples of one class, with the clean samples.',
    family: 'behavior',
    needs: ['classifier', 'probes'],
    uses: ['samples'],
    after: ['adversarial-testing'],
    messages: {
      'persistent-inputs': {
        severity: 'high',
        title: 'Suspicious inputs keep their class under superimposed images',
        text:
          'With other images superimposed, {count} inputs with {description} stay with class {class}: median entropy {groupMedian} bits, ' +
          'against {referenceMedian} bits for clean samples.',
        nextStep: 'Treat the change as a trigger until shown otherwise: look at predictions with it applied, and at training data labeled with this class.',
      },
      'persistent-class': {
        severity: 'high',
        title: 'Samples of one class keep their class under superimposed images',
        text:
          'With other images superimposed, the {count} samples predicted as class {class} stay with it: median entropy {groupMedian} bits, ' +
          'against {referenceMedian} bits for the other samples.',
        nextStep: 'Look at these samples for something they share, such as a sticker or a pattern; check where they came from.',
      },
    },
    metric: { name: 'selective low entropy', unit: 'share', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'about 1,500 forward passes: under 1 s for a small 32x32 network on two cores' },
    references: [
      { title: 'STRIP: A Defence Against Trojan Attacks on Deep Neural Networks', authors: 'Gao, Xu, Wang, Chen, Ranasinghe, Nepal', year: 2019, url: 'https://arxiv.org/abs/1902.06531', role: 'source' },
      { title: 'Input-Aware Dynamic Backdoor Attack', authors: 'Nguyen, Tran', year: 2020, url: 'https://arxiv.org/abs/2010.08138', role: 'defeats' },
      { title: 'WaNet: Imperceptible Warping-based Backdoor Attack', authors: 'Nguyen, Tran', year: 2021, url: 'https://arxiv.org/abs/2102.10369', role: 'defeats' },
    ],
    limitations: [
      'Without suspicious inputs from another detector it looks at the given samples only, and finds a backdoor only if triggered inputs are among them.',
      'Triggers that do not survive another image on top, such as warps, are not seen.',
      'It confirms what another detector suspects; the two are not independent evidence.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      referenceSamples: Type.Integer({ default: 64, minimum: MINIMUM_REFERENCE, maximum: 1024, description: 'Clean samples whose entropies the others are compared with.' }),
      suspiciousInputs: Type.Integer({ default: 64, minimum: MINIMUM_GROUP, maximum: 1024, description: 'Inputs examined of each set that another detector hands on.' }),
      blends: Type.Integer({ default: 12, minimum: 4, maximum: 128, description: 'Images superimposed on each input.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { classifier } = model.facets;
    const { classCount, classNames } = classifier;
    const samples = await samplesOrPictures(model.facets);
    if (typeof samples === 'string') return { outcome: 'inconclusive', examined: 0, reason: samples };
    const size = imageSize(samples);
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    if (classCount < 2) return inconclusive('The model has fewer than two classes.');
    if (samples.count < MINIMUM_REFERENCE) return inconclusive(`${samples.count} samples are too few: ${MINIMUM_REFERENCE} are needed.`);

    const order = context.random('reference').shuffle(Array.from({ length: samples.count }, (_, index) => index)).slice(0, options.referenceSamples);
    const pixels = new Float32Array(order.length * size);
    order.forEach((sample, position) => pixels.set(samples.pixels.subarray(sample * size, (sample + 1) * size), position * size));

    let done = 0;
    const sets = context.suspiciousInputs.map((set) => ({ ...set, count: Math.min(set.count, options.suspiciousInputs) })).filter((set) => set.count >= MINIMUM_GROUP);
    const total = order.length + sets.reduce((sum, set) => sum + set.count, 0);
    const between = (): 'go on' | 'stop' => {
      context.signal.throwIfAborted();
      done += 1;
      context.progress(done / total, `input ${done} of ${total}`);
      return context.outOfTime() ? 'stop' : 'go on';
    };
    const blended = (inputs: { readonly pixels: Float32Array; readonly count: number }, label: string): Promise<readonly BlendedInput[] | undefined> =>
      blendedPredictions(classifier, inputs, samples, options.blends, context.random(label), between);

    context.signal.throwIfAborted();
    const clean = await classifier.logits(pixels, order.length);
    const predictions = order.map((_, position) => argmax(clean.subarray(position * classCount, (position + 1) * classCount)));
    const reference = await blended({ pixels, count: order.length }, 'reference blends');
    if (reference === undefined || predictions.includes(undefined)) return inconclusive('The model answers some inputs with values that are not numbers.');
    if (reference.length < MINIMUM_REFERENCE) return inconclusive(`The time ran out after ${reference.length} clean samples.`, reference.length);
    if (new Set(predictions).size < 2) return inconclusive('The model gives all clean samples one class, so staying with it means nothing.', reference.length);

    const findings: Finding[] = [];
    for (const [index, set] of sets.entries()) {
      if (context.outOfTime()) break;
      const group = await blended(set, `suspicious blends ${index}`);
      if (group === undefined) return inconclusive('The model answers some suspicious inputs with values that are not numbers.', done);
      const result = group.length < MINIMUM_GROUP ? undefined : selectiveLowEntropy(group, reference, set.targetClass);
      if (result !== undefined) findings.push({ from: set.from, description: set.description, targetClass: set.targetClass, count: group.length, result });
    }
    for (let label = 0; label < classCount; label += 1) {
      const isNative = (_: BlendedInput, position: number): boolean => predictions[position] === label;
      const group = reference.filter(isNative);
      if (group.length < MINIMUM_GROUP) continue;
      const result = selectiveLowEntropy(group, reference.filter((one, position) => !isNative(one, position)), label);
      if (result !== undefined) findings.push({ from: 'samples', description: 'the samples of this class', targetClass: label, count: group.length, result });
    }

    // No class has a group to speak of and nobody suspects an input: then no group of inputs stays with one class.
    if (findings.length === 0) findings.push(nothingPersists(reference, predictions));

    const [first, ...rest] = findings.sort((a, b) => b.result.value - a.result.value);
    if (first === undefined) return inconclusive('Nothing was compared.', reference.length);
    const observe = (finding: Finding) => ({
      message: finding.from === 'samples' ? ('persistent-class' as const) : ('persistent-inputs' as const),
      data: {
        count: finding.count,
        description: finding.description,
        class: className(classNames, finding.targetClass),
        groupMedian: finding.result.groupMedian,
        referenceMedian: finding.result.referenceMedian,
      },
      location: { targetClass: finding.targetClass },
    });
    const location = { targetClass: first.targetClass };
    return {
      outcome: 'measured',
      examined: done,
      metric: first.result.value,
      measurements: [
        { name: 'median entropy of clean samples', value: first.result.referenceMedian },
        { name: 'median entropy of the group', value: first.result.groupMedian, location },
        { name: 'entropy advantage', value: first.result.advantage, location },
        { name: 'class persistence', value: first.result.persistence, location },
        { name: 'sets of suspicious inputs', value: sets.length },
      ],
      observations: [observe(first), ...rest.filter(({ result }) => result.value > THRESHOLD).map(observe)],
    };
  },
});

function nothingPersists(reference: readonly BlendedInput[], predictions: readonly (number | undefined)[]): Finding {
  const center = median(reference.map((one) => one.entropy)) ?? 0;
  const result = { value: 0, advantage: 0, persistence: 0, groupMedian: center, referenceMedian: center };
  return { from: 'samples', description: 'the samples', targetClass: predictions[0] ?? 0, count: reference.length, result };
}

function className(names: readonly string[] | undefined, index: number): string {
  const name = names?.[index];
  return name === undefined ? `${index}` : `${index} (${name})`;
}
