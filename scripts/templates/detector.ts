/**
 * Paper: replace with authors, title, year and arXiv or DOI, and the section or equation this follows.
 * Needs: tensors.
 * Defeated by: replace with what is known to get past it.
 */
import { Type } from '@sinclair/typebox';
import { defineDetector } from '../../src/detectors/detector.ts';

/** Starting point of a new detector: measures the largest share of zeros in any tensor of the model. */
export const templateDetector = defineDetector({
  meta: {
    id: 'template-detector',
    title: 'Template detector',
    description: 'One or two sentences: what kind of evidence it looks for, and in what.',
    family: 'weights',
    needs: ['tensors'],
    messages: {
      'mostly-zero': {
        severity: 'low',
        title: 'A tensor is mostly zeros',
        text: '{share} of the values of tensor {tensor} are zero.',
        nextStep: 'Say what the reader can do: compare with the trusted version, ask the producer, re-export.',
      },
    },
    metric: { name: 'largest share of zeros', unit: 'share', flaggedWhen: 'above', threshold: 0.99 },
    cost: { tier: 'weights', description: 'reads every weight once' },
    references: [
      { title: 'Replace with the paper', authors: 'Authors', year: 2026, url: 'https://arxiv.org/', role: 'source' },
      { title: 'Replace with what gets past it', authors: 'Authors', year: 2026, url: 'https://arxiv.org/', role: 'defeats' },
    ],
    limitations: ['Say what it cannot see.'],
    lifecycle: 'experimental',
    since: '0.1.0',
  },
  options: Type.Object(
    { minimumElements: Type.Integer({ default: 64, minimum: 1, description: 'Tensors with fewer elements are left out.' }) },
    { additionalProperties: false },
  ),
  calibration: {
    method: 'logistic',
    transform: 'identity',
    slope: 10,
    threshold: 0.99,
    fittedOn: { description: 'not fitted yet: run the calibration script and name the models', command: '', date: '', models: [] },
  },
  async detect(model, options, context) {
    const { tensors } = model.facets;
    const wanted = tensors.list.filter((one) => one.shape.reduce((product, size) => product * size, 1) >= options.minimumElements);
    if (wanted.length === 0) return { outcome: 'inconclusive', examined: 0, reason: 'No tensor is large enough.' };

    let largest = { share: -1, tensor: '' };
    for (const [index, { name }] of wanted.entries()) {
      context.signal.throwIfAborted();
      if (context.outOfTime()) return { outcome: 'inconclusive', examined: index, reason: 'The time ran out.' };
      context.progress(index / wanted.length, name);
      const values = await tensors.values(name);
      const share = [...values].filter((value) => value === 0).length / values.length;
      if (share > largest.share) largest = { share, tensor: name };
    }
    return {
      outcome: 'measured',
      examined: wanted.length,
      metric: largest.share,
      observations: [{ message: 'mostly-zero', data: { share: largest.share, tensor: largest.tensor }, location: { tensor: largest.tensor } }],
    };
  },
});
