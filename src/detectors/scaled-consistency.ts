/**
 * Paper: Guo, Li, Chen, Guo, Sun, Liu, SCALE-UP: An Efficient Black-box Input-level Backdoor Detection via Analyzing Scaled Prediction Consistency, ICLR 2023, arXiv:2302.03251: samples with a trigger
 * keep their prediction when all pixels are multiplied, others lose it. The paper judges single inputs by a fixed share; here a class is suspicious when it falls into samples that keep their
 * label in every copy and samples that lose it, because some classes are what bright images are taken for anyway.
 * Needs: a dataset of images and the classifier trained on it.
 * Defeated by: triggers that do not survive multiplying (dark or smooth ones), and networks that call most bright images by one class (Hou et al., IBD-PSC, ICML 2024, arXiv:2405.09786).
 */
import { Type } from '@sinclair/typebox';
import { defineDetector } from './detector.ts';
import { askOfCopies, type Copies } from './kept-labels/ask-of-copies.ts';
import { twofoldClasses } from './kept-labels/twofold-classes.ts';

/** Clean sets reach 0.17 (docs/detectors/scaled-consistency.md). */
const THRESHOLD = 0.2;

/** Every other of the paper's factors from 2 to 11, for half of its time. */
const FACTORS = [3, 5, 7, 9, 11] as const;
const BRIGHTER: Copies = {
  number: FACTORS.length,
  make: (pixels, _count, copy) => pixels.map((value) => Math.min(1, (FACTORS[copy] as number) * value)),
};

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
    const found = await askOfCopies(dataset, classifier, BRIGHTER, context);
    if (typeof found === 'string') return inconclusive(found);
    return twofoldClasses({
      asked: found, dataset, classCount: classifier.classCount, threshold: THRESHOLD, message: 'keeps-its-label',
      reason: 'It keeps its label however bright it is made, and most of its class does not.',
    });
  },
});
