import { fittedDataset } from '../../datasets/fitted-dataset.ts';
import { GateError, toGateError } from '../../errors.ts';
import type { Classifier } from '../../model/classifier.ts';
import type { FacetName } from '../../model/facets.ts';
import type { Model } from '../../model/model.ts';
import { takeFeatures } from '../../poisoning/dataset-features.ts';
import type { PreparedModel } from '../prepare-behavior.ts';
import type { JoinedParts } from './parts/join-parts.ts';

const NO_MODEL = 'A dataset joined from the parts of shards has what the model makes of its samples, and no model that could be run.';
const WITHOUT: readonly FacetName[] = ['tensors', 'graph', 'gradient', 'samples', 'probes'];

/** Facets that the model would bring, from what the shards wrote of it: its features are there, and whoever wants to run it could not tell. */
export async function prepareJoinedModel(model: Model, parts: JoinedParts, signal: AbortSignal): Promise<PreparedModel> {
  const { dataset } = model.facets;
  const recorded = parts.head.model;
  const close = async (): Promise<void> => undefined;
  if (recorded === undefined || dataset === undefined) return { model, notes: [], close };
  const problems: Partial<Record<FacetName, string>> = { ...model.problems, ...Object.fromEntries(WITHOUT.map((name) => [name, NO_MODEL])) };
  const without = (why: string): PreparedModel => ({ model: { ...model, problems: { ...problems, classifier: why } }, notes: recorded.notes, close });
  if (recorded.classifier === undefined) return without(recorded.problem ?? NO_MODEL);
  if (parts.problem !== undefined) return without(parts.problem);
  const classifier = recordedClassifier(recorded.classifier);
  try {
    const { dataset: fitted, notes } = fittedDataset(dataset, classifier);
    const featuresOf = new Map<string, Float32Array>();
    let width = 0;
    for await (const { id, features } of parts.features(signal)) {
      width = features.length;
      featuresOf.set(id, features);
    }
    const problem = await takeFeatures(fitted, classifier, width, (id) => featuresOf.get(id), signal);
    if (problem !== undefined) return without(problem);
    return { model: { ...model, problems, facets: { ...model.facets, dataset: fitted, classifier } }, engine: classifier.engine, notes: [...recorded.notes, ...notes], close };
  } catch (thrown) {
    // A model of other classes is not the one that was trained on this dataset.
    return without(toGateError(thrown).message);
  }
}

function recordedClassifier(recorded: NonNullable<NonNullable<JoinedParts['head']['model']>['classifier']>): Classifier {
  const refuse = (): Promise<never> => Promise.reject(new GateError({ code: 'engine/unavailable', message: NO_MODEL, nextStep: 'Run this detector in one job over the whole dataset.' }));
  const { classNames, ...rest } = recorded;
  return { ...rest, ...(classNames === undefined ? {} : { classNames }), logits: refuse, activations: refuse, innerValues: refuse, openInnerLayer: refuse };
}
