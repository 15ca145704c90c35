/**
 * Paper: Gao, Xu, Wang, Chen, Ranasinghe, Nepal, STRIP: A Defence Against Trojan Attacks on Deep Neural Networks, ACSAC 2019, arXiv:1902.06531: an input with a trigger keeps its prediction when other
 * images are laid over it, others lose it. The paper judges single inputs at run time by the entropy of the predictions; here the samples of a dataset are asked, with samples of all classes laid over
 * them, and a class is suspicious when it falls into samples that keep their label under everything and samples that lose it.
 * Needs: a dataset of images and the classifier trained on it.
 * Defeated by: triggers that do not survive another image (warps, faint blends), source-specific triggers, and input-aware ones (Nguyen and Tran 2020, arXiv:2010.08138).
 */
import { Type } from '@sinclair/typebox';
import { defineDetector } from './detector.ts';
import { askOfCopies } from './kept-labels/ask-of-copies.ts';
import { twofoldClasses } from './kept-labels/twofold-classes.ts';
import { overlaysOf } from './superimposed-consistency/overlays-of.ts';

/** Twice what clean sets reach (docs/detectors/superimposed-consistency.md). */
const THRESHOLD = 0.1;

export const superimposedConsistency = defineDetector({
  meta: {
    id: 'superimposed-consistency',
    title: 'Samples that keep their label under other samples (STRIP over a dataset)',
    description:
      'Lays samples of other classes over each sample and asks the model again. A class of which some samples keep their label under everything while most others lose it holds samples that the ' +
      'model knows by something stronger than what they show.',
    family: 'dataset',
    sampleKinds: ['image'],
    needs: ['dataset', 'classifier'],
    messages: {
      'keeps-its-label': {
        severity: 'medium',
        title: 'Some samples of one class keep their label under other samples',
        text: 'Of {class}, {count} samples ({share}) keep their label whatever is laid over them, while {lost} of it lose theirs.',
        nextStep: 'Look at these samples for something that the others of the class do not have.',
      },
    },
    metric: { name: 'twofold class', unit: 'share kept times share lost', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'sixteen runs of the model a sample: about 8 s for 2,400 images of 3x32x32 and a small network on one core' },
    references: [
      { title: 'STRIP: A Defence Against Trojan Attacks on Deep Neural Networks', authors: 'Gao, Xu, Wang, Chen, Ranasinghe, Nepal', year: 2019, url: 'https://arxiv.org/abs/1902.06531', role: 'source' },
      { title: 'Input-Aware Dynamic Backdoor Attack', authors: 'Nguyen, Tran', year: 2020, url: 'https://arxiv.org/abs/2010.08138', role: 'defeats' },
    ],
    limitations: [
      'A class that mixed images are taken for keeps its label for that reason; samples in it rank high.',
      'Warps and faint blends do not survive another image.',
      'Poison of 1 or 2 % is a small part of its class, and the metric is small with it.',
    ],
    lifecycle: 'experimental',
    since: '0.3.0',
  },
  options: Type.Object(
    { overlays: Type.Integer({ default: 16, minimum: 2, maximum: 64, description: 'Samples laid over each sample, of as many classes as there are.' }) },
    { additionalProperties: false },
  ),

  async detect(model, options, context) {
    const { dataset, classifier } = model.facets;
    context.signal.throwIfAborted();
    context.progress(0, 'samples');
    const inconclusive = (reason: string) => ({ outcome: 'inconclusive' as const, examined: 0, reason });
    if (context.outOfTime()) return inconclusive('The time ran out before the samples were read.');
    const overlays = await overlaysOf(dataset, classifier, options.overlays, context);
    const found = await askOfCopies(dataset, classifier, overlays, context);
    if (typeof found === 'string') return inconclusive(found);
    return twofoldClasses({
      asked: found, dataset, classCount: classifier.classCount, threshold: THRESHOLD, message: 'keeps-its-label',
      reason: 'It keeps its label whatever is laid over it, and most of its class does not.',
    });
  },
});
