/**
 * Paper: Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World, 2005, doi:10.1007/b106715 (the p-value), with the random
 * projections of Hossain, Oates 2024, arXiv:2403.08208: where only clean models are known, the model's distance to its
 * nearest ones is ranked among the distances of the clean models to theirs. No backdoor is looked for, only a model that is unlike the others.
 * Needs: the tensors, and a reference of clean models of the same architecture and task.
 * Defeated by: a backdoor that changes the weights less than clean models differ from each other. Among models that were trained from different
 * starts only the size of the weights is left to see, and an attacker is free to choose it.
 */
import { Type } from '@sinclair/typebox';
import { compareWithReference } from '../reference/compare-with-reference.ts';
import { neighbourDistances } from '../reference/neighbour-distances.ts';
import { conformalPValue } from '../statistics/conformal-p-value.ts';
import { median } from '../statistics/median.ts';
import { defineDetector, type Calibration, type Detection } from './detector.ts';
import { knownBackdooredModel } from './known-backdoored-model.ts';
import calibration from './reference-neighbours.calibration.json' with { type: 'json' };

type Message = 'unlike-clean-models' | 'known-backdoored-model';

/** Thrown between models, when the time is over. */
const OUT_OF_TIME = Symbol('out of time');

export const referenceNeighbours = defineDetector({
  meta: {
    id: 'reference-neighbours',
    title: 'Weights unlike those of known clean models',
    description:
      'Ranks how far the model’s weights lie from those of its nearest clean reference models among the same distances of the clean models themselves. Needs clean models only. ' +
      'Sees a member that does not belong to a family trained from one start, or one whose weights are of another size.',
    family: 'weights',
    needs: ['tensors', 'reference'],
    messages: {
      'unlike-clean-models': {
        severity: 'medium',
        title: 'The weights are farther from every clean reference model than those are from each other',
        text:
          'The {neighbours} nearest of {clean} clean reference models are {distance} away on average (median of the clean models: {median}; p = {p}). The nearest is {nearest}.',
        nextStep:
          'Find out what was done differently for this model: start, data, length of training. If nothing was, run the detectors that search for a trigger.',
      },
      'known-backdoored-model': knownBackdooredModel.message,
    },
    metric: { name: 'p-value among clean reference models', unit: 'probability', flaggedWhen: 'below', threshold: 0.05 },
    cost: { tier: 'weights', description: 'reads every weight once: well under a second for a small model, plus the square of the number of clean models' },
    references: [
      { title: 'Algorithmic Learning in a Random World', authors: 'Vovk, Gammerman, Shafer', year: 2005, url: 'https://doi.org/10.1007/b106715', role: 'source' },
      { title: 'Advancing Security in AI Systems: A Novel Approach to Detecting Backdoors in Deep Neural Networks', authors: 'Hossain, Oates', year: 2024, url: 'https://arxiv.org/abs/2403.08208', role: 'background' },
      { title: 'Planting Undetectable Backdoors in Machine Learning Models', authors: 'Goldwasser, Kim, Vaikuntanathan, Zamir', year: 2022, url: 'https://arxiv.org/abs/2204.06974', role: 'defeats' },
    ],
    limitations: [
      'It says unlike, not backdoored: a model trained longer, on other data or from another start is unlike too.',
      'Among models trained from different starts all distances are large and nearly equal: a model stands out by the size of its weights alone.',
      'Fewer than 20 clean reference models are inconclusive: no rank among 19 lies below 0.05.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      neighbours: Type.Integer({ default: 3, minimum: 1, maximum: 50, description: 'How many of the nearest clean models count.' }),
      minimumCleanModels: Type.Integer({ default: 20, minimum: 5, description: 'With fewer clean reference models the detector is inconclusive.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context): Promise<Detection<Message>> {
    const { reference, tensors } = model.facets;
    const layers = reference.layers.length;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    const placed = await compareWithReference(tensors, model.artifact.digest, reference, context);
    if (placed.known !== undefined) {
      return knownBackdooredModel.detection(placed.known.path, layers);
    }
    if ('reason' in placed) return inconclusive(placed.reason);
    const clean = placed.others.filter(({ label }) => label === 'clean');
    if (clean.length < Math.max(options.minimumCleanModels, options.neighbours + 1)) {
      return inconclusive(`The reference has ${clean.length} clean models; ${Math.max(options.minimumCleanModels, options.neighbours + 1)} are needed.`, layers);
    }
    let done = 0;
    const onStep = (): void => {
      context.signal.throwIfAborted();
      if (context.outOfTime()) throw OUT_OF_TIME;
      done += 1;
      context.progress(0.5 + (0.5 * Math.min(done, clean.length)) / (clean.length + 1), 'distances');
    };
    try {
      const { distance, leftOut, nearest } = neighbourDistances(placed.projections, clean, layers, options.neighbours, onStep);
      if (!Number.isFinite(distance) || leftOut.every((one) => one === 0)) return inconclusive('The clean reference models are all the same, so there is no spread to measure against.', layers);
      const p = conformalPValue(distance, leftOut);
      return {
        outcome: 'measured',
        examined: layers,
        metric: p,
        measurements: [
          { name: 'distance to the nearest clean models', value: distance },
          { name: 'clean reference models', value: clean.length },
        ],
        observations: [
          {
            message: 'unlike-clean-models',
            data: { neighbours: options.neighbours, clean: clean.length, distance, median: median(leftOut) ?? 0, p, nearest: nearest.path },
            location: {},
          },
        ],
      };
    } catch (thrown) {
      if (thrown === OUT_OF_TIME) return inconclusive('The time ran out while the models were compared.', layers);
      throw thrown;
    }
  },
});
