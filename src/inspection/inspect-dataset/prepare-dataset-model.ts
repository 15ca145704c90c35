import { fittedDataset } from '../../datasets/fitted-dataset.ts';
import { samplesOfDataset } from '../../datasets/samples-of-dataset.ts';
import { toGateError } from '../../errors.ts';
import type { FacetName } from '../../model/facets.ts';
import type { InspectPorts } from '../inspect.ts';
import type { DatasetInspectionRequest } from '../inspect-dataset.ts';
import { prepareBehavior, type PreparedModel } from '../prepare-behavior.ts';
import type { DatasetWithModel } from './with-trained-model.ts';

/** What the trained model brings once it is loaded. */
const BEHAVIOR = ['classifier', 'gradient', 'samples', 'probes'] as const;

/**
 * Loads the model trained on a dataset into an engine and fits the images to its input. How pixels become that input is taken from the
 * policy, the graph and the clean samples of the model's own block; where none are named, from the dataset's images, which then do not
 * become the facet `samples`: nobody says they are clean.
 */
export async function prepareDatasetModel(request: DatasetInspectionRequest, { model, trained }: DatasetWithModel, { createEngine, signal }: Pick<InspectPorts, 'createEngine' | 'signal'>): Promise<PreparedModel> {
  const named = request.dataset.model;
  const { dataset } = model.facets;
  if (named === undefined || trained === undefined || dataset === undefined || request.isExecutionRefused === true) return { model, notes: [], close: async () => undefined };
  const { settings } = named;
  const needs = new Set<FacetName>(['classifier', 'gradient']);
  const given = dataset.kind === 'image' ? (target: Parameters<typeof samplesOfDataset>[1]) => samplesOfDataset(dataset, target, signal) : undefined;
  const prepared = await prepareBehavior({ ...request, settings, settingsOrigin: named.settingsOrigin }, trained, createEngine, needs, settings.samples === undefined ? given : undefined);
  const { facets, problems, absences } = prepared.model;
  const taken = BEHAVIOR.filter((name) => facets[name] !== undefined && (settings.samples !== undefined || name === 'classifier' || name === 'gradient'));
  const merged = {
    ...model,
    facets: { ...model.facets, ...Object.fromEntries(taken.map((name) => [name, facets[name]])) },
    problems: { ...model.problems, ...picked(problems) },
    absences: { ...model.absences, ...picked(absences) },
  };
  if (facets.classifier === undefined) return { ...prepared, model: merged };
  try {
    const { dataset: fitted, notes } = fittedDataset(dataset, facets.classifier);
    return { ...prepared, notes: [...prepared.notes, ...notes], model: { ...merged, facets: { ...merged.facets, dataset: fitted } } };
  } catch (thrown) {
    // A model of other classes is not the one that was trained on this dataset.
    const { message } = toGateError(thrown);
    const others = Object.fromEntries(Object.entries(merged.facets).filter(([name]) => name !== 'classifier' && name !== 'gradient'));
    return { ...prepared, model: { ...merged, facets: others, problems: { ...merged.problems, classifier: message, gradient: message } } };
  }
}

function picked(reasons: Partial<Record<FacetName, string>>): Partial<Record<FacetName, string>> {
  return Object.fromEntries(BEHAVIOR.flatMap((name) => (reasons[name] === undefined ? [] : [[name, reasons[name]]])));
}
