/**
 * Paper: Hossain, Oates, Advancing Security in AI Systems: A Novel Approach to Detecting Backdoors in Deep Neural Networks,
 * 2024, arXiv:2403.08208: weights of many models, randomly projected layer by layer, are taken apart together (IVA, MCCA,
 * PARAFAC2), and a classifier trained on the features of known models tells clean from backdoored. Here the projection is sparse, the model
 * under test is taken apart with the known ones, and its answer is ranked among those of clean models that the classifier was not trained on.
 * Needs: the tensors, and a reference of known models of the same architecture and task, clean and backdoored.
 * Defeated by: backdoors unlike the reference's, models trained unlike the reference's, and changes of weights that change no
 * output (reordered or rescaled channels), which an attacker is free to make.
 */
import { Type } from '@sinclair/typebox';
import type { Decomposition, ReferenceClassifier } from '../model/reference-set.ts';
import { compareWithReference } from '../reference/compare-with-reference.ts';
import { crossValidate, FOLDS } from '../reference/cross-validate.ts';
import { modelFeatures } from '../reference/model-features.ts';
import { DecompositionSchema, ReferenceClassifierSchema } from '../reference/reference-file.ts';
import { conformalPValue } from '../statistics/conformal-p-value.ts';
import { defineDetector, type Calibration, type Detection } from './detector.ts';
import { knownBackdooredModel } from './known-backdoored-model.ts';
import calibration from './weight-tensor-features.calibration.json' with { type: 'json' };

type Message = 'like-backdoored-models' | 'known-backdoored-model';

const AsBuilt = Type.Literal('as-built');

/** Thrown inside of a decomposition, which knows no clock. */
const OUT_OF_TIME = Symbol('out of time');

export const weightTensorFeatures = defineDetector({
  meta: {
    id: 'weight-tensor-features',
    title: 'Weights like those of known backdoored models',
    description:
      'Projects the weights of each layer to a fixed length, takes the model apart together with known models of the same architecture (a reference built by you), and asks a ' +
      'classifier trained on those whether its weights are like the backdoored ones’. The answer counts by its rank among clean models’, so false alarms stay near the threshold.',
    family: 'weights',
    needs: ['tensors', 'reference'],
    messages: {
      'like-backdoored-models': {
        severity: 'medium',
        title: 'The weights are more like those of the backdoored reference models than nearly all clean ones’ are',
        text:
          'By the {decomposition} features of its weights the classifier gives this model {answer} of 1 for backdoored; of {clean} clean reference models {above} get as much ' +
          '(p = {p}). Cross-validated ROC-AUC of this reference: {auc} ({low} to {high}) over {models} models.',
        nextStep:
          'Run the detectors that search for a trigger. Check that the model was trained as the reference’s models were: another recipe, data set or length of training moves the weights too.',
      },
      'known-backdoored-model': knownBackdooredModel.message,
    },
    metric: { name: 'p-value among clean reference models', unit: 'probability', flaggedWhen: 'below', threshold: 0.05 },
    cost: { tier: 'weights', description: 'reads every weight once and takes all models apart: seconds with a hundred small reference models' },
    references: [
      { title: 'Advancing Security in AI Systems: A Novel Approach to Detecting Backdoors in Deep Neural Networks', authors: 'Hossain, Oates', year: 2024, url: 'https://arxiv.org/abs/2403.08208', role: 'source' },
      { title: 'Joint Blind Source Separation With Multivariate Gaussian Model: Algorithms and Performance Analysis', authors: 'Anderson, Adali, Li', year: 2012, url: 'https://doi.org/10.1109/TSP.2011.2181836', role: 'source' },
      { title: 'PARAFAC2 - Part I. A direct fitting algorithm for the PARAFAC2 model', authors: 'Kiers, ten Berge, Bro', year: 1999, url: 'https://doi.org/10.1002/(SICI)1099-128X(199905/06)13:3/4%3C275::AID-CEM543%3E3.0.CO;2-B', role: 'source' },
      { title: 'Planting Undetectable Backdoors in Machine Learning Models', authors: 'Goldwasser, Kim, Vaikuntanathan, Zamir', year: 2022, url: 'https://arxiv.org/abs/2204.06974', role: 'defeats' },
    ],
    limitations: [
      'It knows what the reference shows it: backdoors of another kind, and clean models trained in another way, may get any answer.',
      'Channels can be reordered and rescaled without changing what a model does; both move the features.',
      'A reference whose cross-validated ROC-AUC is not clearly above one half makes the result inconclusive.',
      'Fewer than 20 clean or 5 backdoored reference models are inconclusive: no rank among 19 lies below 0.05.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      decomposition: Type.Union([AsBuilt, ...DecompositionSchema.anyOf], { default: 'as-built', description: 'Features to use instead of those the reference was built for.' }),
      classifier: Type.Union([AsBuilt, ...ReferenceClassifierSchema.anyOf], { default: 'as-built', description: 'Classifier to use instead of the one the reference was built for.' }),
      minimumCleanModels: Type.Integer({ default: 20, minimum: FOLDS, description: 'With fewer clean reference models the detector is inconclusive.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context): Promise<Detection<Message>> {
    const { reference, tensors } = model.facets;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    const placed = await compareWithReference(tensors, model.artifact.digest, reference, context);
    if (placed.known !== undefined) return knownBackdooredModel.detection(placed.known.path, reference.layers.length);
    if ('reason' in placed) return inconclusive(placed.reason);

    const labels = placed.others.map(({ label }) => (label === 'backdoored' ? 1 : 0));
    const count = (label: number): number => labels.filter((one) => one === label).length;
    if (count(0) < options.minimumCleanModels || count(1) < FOLDS) {
      return inconclusive(`The reference has ${count(0)} clean and ${count(1)} backdoored models; ${options.minimumCleanModels} and ${FOLDS} are needed.`, reference.layers.length);
    }
    const decomposition: Decomposition = options.decomposition === 'as-built' ? reference.decomposition : options.decomposition;
    const classifier: ReferenceClassifier = options.classifier === 'as-built' ? reference.classifier : options.classifier;
    let step = 0;
    const onStep = (): void => {
      context.signal.throwIfAborted();
      if (context.outOfTime()) throw OUT_OF_TIME;
      step += 1;
      context.progress(1 - 0.5 * Math.exp(-step / 100), decomposition);
    };
    try {
      const all = modelFeatures(
        [...placed.others.map(({ projections }) => projections), placed.projections],
        { decomposition, projectionLength: reference.projectionLength, varianceKept: reference.varianceKept, seed: reference.seed },
        onStep,
      );
      const validated = crossValidate(classifier, all.slice(0, -1), labels, reference.seed, { onStep, ...(all.at(-1) === undefined ? {} : { newcomer: all.at(-1) as Float64Array }) });
      if (validated === undefined) return inconclusive('The reference’s models could not be told apart at all.', reference.layers.length);
      const { auc, newcomer: answer } = validated;
      const measurements = [
        { name: 'classifier’s answer for backdoored', value: answer },
        { name: 'cross-validated ROC-AUC of the reference', value: auc.auc },
        { name: 'cross-validated accuracy of the reference', value: validated.accuracy },
        { name: 'reference models', value: labels.length },
      ];
      if (!(auc.interval.low > 0.5)) {
        const interval = `${auc.interval.low.toFixed(2)} to ${auc.interval.high.toFixed(2)}`;
        const reason = `This reference does not tell its own models apart by these features: cross-validated ROC-AUC ${auc.auc.toFixed(2)} (${interval}) over ${labels.length} models.`;
        return { ...inconclusive(reason, reference.layers.length), measurements };
      }
      const clean = Array.from(validated.answers).filter((_, at) => labels[at] === 0);
      const p = conformalPValue(answer, clean);
      const above = clean.filter((one) => one >= answer).length;
      return {
        outcome: 'measured',
        examined: reference.layers.length,
        metric: p,
        measurements,
        observations: [
          {
            message: 'like-backdoored-models',
            data: { decomposition, answer, clean: clean.length, above, p, auc: auc.auc, low: auc.interval.low, high: auc.interval.high, models: labels.length },
            location: {},
          },
        ],
      };
    } catch (thrown) {
      if (thrown === OUT_OF_TIME) return inconclusive('The time ran out while the models were taken apart.', reference.layers.length);
      // Weights without variance, for one: nothing to take apart, and nothing that says how the model behaves.
      if (thrown instanceof RangeError) return inconclusive(`The model cannot be taken apart with the reference’s: ${thrown.message}`, reference.layers.length);
      throw thrown;
    }
  },
});
