/**
 * Paper: Guo, Li, Chen, Guo, Sun, Liu, SCALE-UP: An Efficient Black-box Input-level Backdoor Detection via Analyzing Scaled Prediction Consistency, ICLR 2023, arXiv:2302.03251: samples with a trigger
 * keep their prediction when all pixels are multiplied, others lose it. The paper judges single inputs by a fixed share; here a class is suspicious when it falls into samples that keep their
 * label in every copy and samples that lose it, because some classes are what bright images are taken for anyway.
 * Needs: a dataset of images and the classifier trained on it.
 * Defeated by: triggers that do not survive multiplying (dark or smooth ones), and networks that call most bright images by one class (Hou et al., IBD-PSC, ICML 2024, arXiv:2405.09786).
 */
import { Type } from '@sinclair/typebox';
import { rowsByClass } from '../poisoning/rows-by-class.ts';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { className } from './class-name.ts';
import { defineDetector } from './detector.ts';
import { keptLabels } from './scaled-consistency/kept-labels.ts';

/** Clean sets reach 0.17 (docs/detectors/scaled-consistency.md). */
const THRESHOLD = 0.2;

const MINIMUM_CLASS = 20;

/** A sample that keeps its label in fewer copies has lost it. */
const LOST = 0.35;

export const scaledConsistency = defineDetector({
  meta: {
    id: 'scaled-consistency',
    title: 'Samples that keep their label however bright they are made',
    description:
      'Multiplies all pixels of each sample and asks the model again. A class of which some samples keep their label in every copy while most others lose it holds samples that the model knows by ' +
      'something else than what they show.',
    family: 'dataset',
    sampleKinds: ['image'],
    needs: ['dataset', 'classifier'],
    messages: {
      'keeps-its-label': {
        severity: 'medium',
        title: 'Some samples of one class keep their label however bright they are made',
        text: 'Of {class}, {count} samples ({share}) keep their label in every brightened copy, while {lost} of it lose theirs.',
        nextStep: 'Look at these samples for something that the others of the class do not have.',
      },
    },
    metric: { name: 'twofold class', unit: 'share kept times share lost', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'five runs of the model a sample: about 4 s for 2,400 images of 3x32x32 and a small network on one core' },
    references: [
      { title: 'SCALE-UP: An Efficient Black-box Input-level Backdoor Detection via Analyzing Scaled Prediction Consistency', authors: 'Guo, Li, Chen, Guo, Sun, Liu', year: 2023, url: 'https://arxiv.org/abs/2302.03251', role: 'source' },
      { title: 'IBD-PSC: Input-level Backdoor Detection via Parameter-oriented Scaling Consistency', authors: 'Hou, Feng, Hua, Luo, Zhang, Li', year: 2024, url: 'https://arxiv.org/abs/2405.09786', role: 'defeats' },
    ],
    limitations: [
      'Digits on black stay what they are when they are made brighter: there nothing is told apart.',
      'A class that bright images are taken for keeps its label for that reason; samples in it rank high.',
      'Waves, warps and dark triggers are changed by the multiplying themselves.',
    ],
    lifecycle: 'experimental',
    since: '0.3.0',
  },
  options: Type.Object({}, { additionalProperties: false }),

  async detect(model, _options, context) {
    const { dataset, classifier } = model.facets;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    context.signal.throwIfAborted();
    context.progress(0, 'samples');
    if (context.outOfTime()) return inconclusive('The time ran out before the samples were read.');
    const found = await keptLabels(dataset, classifier, context);
    if (typeof found === 'string') return inconclusive(found);
    const { ids, labels, kept, leftOut } = found;
    const classes = rowsByClass(labels, classifier.classCount)
      .flatMap((rows, label) => {
        if (rows.length < MINIMUM_CLASS) return [];
        const whole = rows.filter((row) => kept[row] === 1);
        const lost = rows.filter((row) => (kept[row] as number) < LOST).length / rows.length;
        return [{ label, rows, whole, lost, strength: 2 * Math.min(0.5, whole.length / rows.length) * lost }];
      })
      .sort((a, b) => b.strength - a.strength || a.label - b.label);
    const [first, ...rest] = classes;
    if (first === undefined || rest.length === 0) return inconclusive(`Fewer than two classes have ${String(MINIMUM_CLASS)} samples of the model's size.`, ids.length);
    const flagged = classes.filter(({ strength }) => strength > THRESHOLD);
    const scores = new Float64Array(ids.length);
    for (const { rows, strength } of classes) for (const row of rows) scores[row] = Math.min(1, strength / THRESHOLD) ** 2 * (kept[row] as number);
    const observe = ({ label, rows, whole, lost }: typeof first) => ({
      message: 'keeps-its-label' as const,
      data: { class: className(dataset.classNames, label), count: whole.length, share: percent(whole.length / rows.length), lost: percent(lost) },
      location: { targetClass: label },
    });
    return {
      outcome: 'measured',
      examined: ids.length,
      metric: first.strength,
      measurements: [{ name: 'samples left out', value: leftOut }, { name: 'strength of the next class', value: rest[0]?.strength ?? 0 }],
      observations: [observe(first), ...flagged.filter((one) => one !== first).map(observe)],
      sampleScores: sampleScores(ids, scores, flagged.flatMap(({ whole }) => whole), () => 'It keeps its label however bright it is made, and most of its class does not.'),
    };
  },
});

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
